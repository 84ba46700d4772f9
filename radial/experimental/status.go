package experimental

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// StatusMessage is a message that Radial sends through its queue or to the shop's
// webhook. One of the fields is set.
type StatusMessage struct {
	Settlements []PaymentSettlementStatus // of a PaymentSettlementStatus or a PaymentSettlementStatusList
	Cancel      *PaymentAuthCancelReply
}

// SettlementStatus is the result of a settlement. The set is open.
type SettlementStatus string

// The values of SettlementStatus.
const (
	SettlementStatusSettled SettlementStatus = "S"
	SettlementStatusRefused SettlementStatus = "R"
)

// PaymentSettlementStatus is the result of a settlement. One settlement can have
// several over time, such as a chargeback after a success.
type PaymentSettlementStatus struct {
	OrderID          string
	TenderType       string // AF, unless the store uses other tenders too
	Amount           afterpay.Money
	SettlementType   SettlementType
	SettlementStatus SettlementStatus
	DeclineReason    string // empty unless refused
	ClientContext    string // of the request
	StoreID          string
}

// LogValue shows the order, the direction, the amount and the result.
func (s PaymentSettlementStatus) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("order_id", safe.Key(s.OrderID)),
		slog.String("type", safe.Key(string(s.SettlementType))),
		slog.String("amount", s.Amount.String()),
		slog.String("status", safe.Key(string(s.SettlementStatus))),
	)
}

// PaymentAuthCancelReply is the result of CancelPaymentAuthorization.
type PaymentAuthCancelReply struct {
	SessionID            string
	OrderID              string
	TenderType           string // AF, unless the store uses other tenders too
	ResponseCode         radial.ResponseCode
	Amount               afterpay.Money
	ExtendedResponseCode string // such as that no authorization was found
	StoreID              string
}

// ParseStatus reads a message of up to 1 MiB. A message that lacks a required
// element, repeats one or has an invalid amount is refused as a whole; for a
// missing element, Error.Fields names its path. The error matches
// afterpay.ErrInvalid.
//
// A message may come twice. A webhook must respond 200; otherwise Radial sends the
// message again. Messages are not signed, so check the credentials agreed for the
// webhook before calling ParseStatus. Compare order, tender, amount and store with
// what the shop knows: ParseStatus knows no request to compare them with.
func ParseStatus(document []byte) (*StatusMessage, error) {
	var single settlementStatus
	var list struct {
		Statuses []settlementStatus `xml:"PaymentSettlementStatus"`
	}
	var cancel cancelReply
	var root string
	err := message.Decode(document, func(name string) any {
		root = name
		switch name {
		case "PaymentSettlementStatus":
			return &single
		case "PaymentSettlementStatusList":
			return &list
		case "PaymentAuthCancelReply":
			return &cancel
		}
		return nil
	})
	if err != nil {
		return nil, invalidStatus(err)
	}
	var m StatusMessage
	var missing []radial.FieldError
	switch root {
	case "PaymentAuthCancelReply":
		missing = cancel.missing()
		m.Cancel = cancel.public()
	case "PaymentSettlementStatus":
		missing = single.missing("")
		m.Settlements = []PaymentSettlementStatus{single.public()}
	default:
		if len(list.Statuses) == 0 {
			missing = absent("PaymentSettlementStatus", "")
		}
		for i := range list.Statuses {
			s := &list.Statuses[i]
			missing = append(missing, s.missing(fmt.Sprintf("PaymentSettlementStatus[%d]/", i+1))...)
			m.Settlements = append(m.Settlements, s.public())
		}
	}
	if len(missing) > 0 {
		return nil, invalidStatus(nil, missing...)
	}
	for _, s := range append(list.Statuses, single) {
		err = errors.Join(err, s.Check())
	}
	if err = errors.Join(err, cancel.Check()); err != nil {
		return nil, invalidStatus(err)
	}
	return &m, nil
}

func invalidStatus(cause error, fields ...radial.FieldError) error {
	return &radial.Error{Op: "ParseStatus", Kind: afterpay.ErrInvalid, Fields: fields, Err: cause}
}

// absent returns a fault if the value of a required element is empty.
func absent(path, value string) []radial.FieldError {
	if value != "" {
		return nil
	}
	return []radial.FieldError{{Field: path, Message: "is missing"}}
}

// settlementStatus is what a PaymentSettlementStatus is decoded into.
type settlementStatus struct {
	message.Common
	SettlementType   message.Text `xml:"SettlementType"`
	SettlementStatus message.Text `xml:"SettlementStatus"`
	DeclineReason    message.Text `xml:"DeclineReason"`
	ClientContext    message.Text `xml:"ClientContext"`
}

// missing returns the required elements that the status lacks.
func (s *settlementStatus) missing(path string) []radial.FieldError {
	fields := required(path, &s.Common)
	fields = append(fields, absent(path+"SettlementType", s.SettlementType.String())...)
	return append(fields, absent(path+"SettlementStatus", s.SettlementStatus.String())...)
}

// required returns the elements that any status message lacks.
func required(path string, c *message.Common) []radial.FieldError {
	fields := absent(path+"PaymentContext/OrderId", c.OrderID())
	fields = append(fields, absent(path+"TenderType", c.Tender())...)
	fields = append(fields, absent(path+"Amount", string(c.Amount.Money().Currency))...)
	return append(fields, absent(path+"StoreId", c.StoreID.String())...)
}

func (s *settlementStatus) public() PaymentSettlementStatus {
	return PaymentSettlementStatus{
		OrderID:          s.OrderID(),
		TenderType:       s.Tender(),
		Amount:           s.Amount.Money(),
		SettlementType:   SettlementType(s.SettlementType.String()),
		SettlementStatus: SettlementStatus(s.SettlementStatus.String()),
		DeclineReason:    s.DeclineReason.String(),
		ClientContext:    s.ClientContext.String(),
		StoreID:          s.StoreID.String(),
	}
}

// cancelReply is what a PaymentAuthCancelReply is decoded into.
type cancelReply struct {
	message.Common
	ExtendedResponseCode message.Text `xml:"ExtendedResponseCode"`
}

// missing returns the required elements that the reply lacks.
func (r *cancelReply) missing() []radial.FieldError {
	return append(required("", &r.Common), absent("ResponseCode", r.Code.String())...)
}

func (r *cancelReply) public() *PaymentAuthCancelReply {
	return &PaymentAuthCancelReply{
		SessionID:            r.SessionID.String(),
		OrderID:              r.OrderID(),
		TenderType:           r.Tender(),
		ResponseCode:         radial.ResponseCode(r.Code.String()),
		Amount:               r.Amount.Money(),
		ExtendedResponseCode: r.ExtendedResponseCode.String(),
		StoreID:              r.StoreID.String(),
	}
}
