package afterpaytest

import "strconv"

// The parts of a dispute's answer. Amounts stand bare, times are seconds since
// 1970, and -1 is never.
type wireDispute struct {
	ID                     string          `json:"id"`
	Order                  string          `json:"order"`
	Amount                 string          `json:"amount"`
	Currency               string          `json:"currency,omitempty"`
	Reason                 string          `json:"reason"`
	Status                 string          `json:"status"`
	Open                   bool            `json:"open"`
	ResponseDueBy          any             `json:"responseDueBy"` // like the other times a number, a string in OpenAPI
	CreatedAt              any             `json:"createdAt"`
	UpdatedAt              any             `json:"updatedAt"`
	OpeningNote            string          `json:"openingNote"`
	OpeningNoteAttachments any             `json:"openingNoteAttachments"` // an array, a string in OpenAPI
	ClosingReason          *string         `json:"closingReason,omitempty"`
	ClosingNote            *string         `json:"closingNote,omitempty"`
	MerchantOrderID        string          `json:"merchantOrderId"`
	TransactionDate        any             `json:"transactionDate"`
	SettlementAmount       *string         `json:"settlementAmount,omitempty"`
	Meta                   wireDisputeMeta `json:"meta"`
}

type wireDisputeMeta struct {
	TransactionAmount  string  `json:"transactionAmount"`
	Network            *string `json:"network,omitempty"`
	NetworkReferenceID *string `json:"networkReferenceId,omitempty"`
	OrderType          string  `json:"orderType"`
}

type wireDisputeWrapped struct {
	Dispute wireDispute `json:"dispute"`
}

type wireDisputePage struct {
	Data   []wireDispute `json:"data"`
	Offset int           `json:"offset"`
	Limit  int           `json:"limit"`
	Total  int           `json:"total"`
}

// wireDisputeAlone writes an answer about one dispute.
func (s *Sandbox) wireDisputeAlone(d *dispute) any {
	if s.disputeForm == DisputesAsInTables {
		return wireDisputeWrapped{s.wireDispute(d)}
	}
	return s.wireDispute(d)
}

// wireDispute writes a dispute in the form that the sandbox was made for.
func (s *Sandbox) wireDispute(d *dispute) wireDispute {
	p := d.order.current
	reason := d.closingReason // may change before the answer is written
	w := wireDispute{
		ID: d.id, Order: p.id, Amount: decimal(d.amount.hundredths), Currency: d.amount.currency,
		Reason: d.reason, Status: d.status, Open: d.open(),
		ResponseDueBy: int64(-1), CreatedAt: d.opened.Unix(), UpdatedAt: d.updated.Unix(),
		OpeningNote: "The shopper disputes the payment.", OpeningNoteAttachments: []string{d.attachment},
		ClosingReason: nonEmpty(&reason), MerchantOrderID: plain(p.reference), TransactionDate: p.ordered.Unix(),
		Meta: wireDisputeMeta{TransactionAmount: decimal(p.original), OrderType: "ONLINE"},
	}
	if d.status == "needs_response" {
		w.ResponseDueBy = d.due.Unix()
	}
	if d.status == "lost" {
		w.SettlementAmount = &w.Amount
	}
	if s.disputeForm == DisputesAsInOpenAPI {
		w.asInOpenAPI(d.attachment)
	}
	return w
}

func (w *wireDispute) asInOpenAPI(attachment string) {
	w.Currency, w.OpeningNoteAttachments = "", attachment
	for _, at := range []*any{&w.ResponseDueBy, &w.CreatedAt, &w.UpdatedAt, &w.TransactionDate} {
		*at = strconv.FormatInt((*at).(int64), 10)
	}
	for _, member := range []**string{&w.ClosingReason, &w.ClosingNote, &w.SettlementAmount, &w.Meta.Network, &w.Meta.NetworkReferenceID} {
		if *member == nil {
			*member = new(string)
		}
	}
}
