package radial

import (
	"github.com/afterpay-go/afterpay"
)

// StatusMessage is a message that Radial sends by itself, through its queue or
// to the shop's webhook. One of the fields is set.
type StatusMessage struct {
	Settlements []PaymentSettlementStatus // of a PaymentSettlementStatus or a PaymentSettlementStatusList
	Cancel      *PaymentAuthCancelReply
}

// SettlementStatus is what became of a settlement. The set is open.
type SettlementStatus string

// The values of SettlementStatus.
const (
	SettlementStatusSettled SettlementStatus = "S"
	SettlementStatusRefused SettlementStatus = "R"
)

// PaymentSettlementStatus tells what became of a settlement. One settlement can
// bring several over time, such as a chargeback after a success.
type PaymentSettlementStatus struct {
	OrderID          string
	TenderType       string
	Amount           afterpay.Money
	SettlementType   SettlementType
	SettlementStatus SettlementStatus
	DeclineReason    string // empty unless refused
	ClientContext    string // of the request
	StoreID          string
}

// PaymentAuthCancelReply tells what became of CancelPaymentAuthorization.
type PaymentAuthCancelReply struct {
	SessionID            string
	OrderID              string
	TenderType           string
	ResponseCode         ResponseCode
	Amount               afterpay.Money
	ExtendedResponseCode string // such as that no authorization was found
	StoreID              string
}

// ParseStatus reads a message of up to 1 MiB. It is experimental: its elements
// are those of Radial's schemas for other tenders.
//
// A message may come twice. A webhook has to answer 200; Radial repeats what was
// answered otherwise. Messages are not signed, so check the credentials that the
// webhook was agreed with before calling ParseStatus, and take no message's word
// for an order that the shop does not know. The error matches
// afterpay.ErrInvalid.
func ParseStatus(message []byte) (*StatusMessage, error) {
	var status settlementStatus
	var list struct {
		Statuses []settlementStatus `xml:"PaymentSettlementStatus"`
	}
	var cancel cancelReply
	var read func() (*StatusMessage, error)
	err := decode(message, func(root string) any {
		switch root {
		case "PaymentSettlementStatus":
			read = func() (*StatusMessage, error) { return settlementStatuses(status) }
			return &status
		case "PaymentSettlementStatusList":
			read = func() (*StatusMessage, error) { return settlementStatuses(list.Statuses...) }
			return &list
		case "PaymentAuthCancelReply":
			read = cancel.message
			return &cancel
		}
		return nil
	})
	if err == nil {
		var m *StatusMessage
		if m, err = read(); err == nil {
			return m, nil
		}
	}
	return nil, &Error{Op: "ParseStatus", Kind: afterpay.ErrInvalid, Err: err}
}

// settlementStatus is a PaymentSettlementStatus as it is read.
type settlementStatus struct {
	contextReply
	TenderType       text   `xml:"TenderType"`
	Amount           amount `xml:"Amount"`
	SettlementType   text   `xml:"SettlementType"`
	SettlementStatus text   `xml:"SettlementStatus"`
	DeclineReason    text   `xml:"DeclineReason"`
	ClientContext    text   `xml:"ClientContext"`
	StoreID          text   `xml:"StoreId"`
}

func settlementStatuses(raw ...settlementStatus) (*StatusMessage, error) {
	m := &StatusMessage{Settlements: make([]PaymentSettlementStatus, len(raw))}
	for i, r := range raw {
		sum, err := r.Amount.money()
		if err != nil {
			return nil, err
		}
		m.Settlements[i] = PaymentSettlementStatus{
			OrderID:          r.orderID(),
			TenderType:       string(r.TenderType),
			Amount:           sum,
			SettlementType:   SettlementType(r.SettlementType),
			SettlementStatus: SettlementStatus(r.SettlementStatus),
			DeclineReason:    string(r.DeclineReason),
			ClientContext:    string(r.ClientContext),
			StoreID:          string(r.StoreID),
		}
	}
	return m, nil
}

// cancelReply is a PaymentAuthCancelReply as it is read.
type cancelReply struct {
	contextReply
	SessionID            text   `xml:"sessionId,attr"`
	TenderType           text   `xml:"TenderType"`
	ResponseCode         text   `xml:"ResponseCode"`
	Amount               amount `xml:"Amount"`
	ExtendedResponseCode text   `xml:"ExtendedResponseCode"`
	StoreID              text   `xml:"StoreId"`
}

func (r *cancelReply) message() (*StatusMessage, error) {
	sum, err := r.Amount.money()
	if err != nil {
		return nil, err
	}
	return &StatusMessage{Cancel: &PaymentAuthCancelReply{
		SessionID:            string(r.SessionID),
		OrderID:              r.orderID(),
		TenderType:           string(r.TenderType),
		ResponseCode:         ResponseCode(r.ResponseCode),
		Amount:               sum,
		ExtendedResponseCode: string(r.ExtendedResponseCode),
		StoreID:              string(r.StoreID),
	}}, nil
}
