package afterpaytest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// disputeOf returns the dispute of a call, or a refusal.
func (s *Sandbox) disputeOf(c *call) (*dispute, response, bool) {
	d := s.disputes.byID[c.id]
	if d == nil {
		return nil, refuse(http.StatusNotFound, "not_found", "Dispute not found."), false
	}
	s.follow(d)
	return d, response{}, true
}

func (s *Sandbox) getDispute(c *call) response {
	d, refusal, ok := s.disputeOf(c)
	if !ok {
		return refusal
	}
	return read(s.wireDisputeAlone(d))
}

// acceptDispute closes a dispute as lost.
func (s *Sandbox) acceptDispute(c *call) response {
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	d, refusal, ok := s.disputeOf(c)
	if !ok {
		return refusal
	}
	if !d.open() {
		return notEligible("Dispute is closed.")
	}
	s.lose(d, "merchant_accepted", c.now)
	return response{status: http.StatusOK, body: s.wireDisputeAlone(d)}
}

var disputeParameters = []string{"order", "merchant", "status", "openedAfter", "openedBefore", "offset", "limit"}

// listDisputes returns one page of disputes, newest first.
func (s *Sandbox) listDisputes(c *call) response {
	for name := range c.query {
		if !slices.Contains(disputeParameters, name) {
			s.report("%s: the service would silently ignore the parameter %s of the query", c.route.op, name)
		}
	}
	order, merchant, status := c.query.Get("order"), c.query.Get("merchant"), c.query.Get("status")
	after, afterOK := readEpoch(c.query.Get("openedAfter"), false)
	before, beforeOK := readEpoch(c.query.Get("openedBefore"), true)
	offset, offsetOK := readCount(c.query.Get("offset"), 0)
	limit, limitOK := readCount(c.query.Get("limit"), defaultLimit)
	if order != "" && !allDigits(order) || !afterOK || !beforeOK || !offsetOK || !limitOK || limit == 0 || limit > maximumLimit {
		return refuse(http.StatusUnprocessableEntity, "error", "The query is not valid.")
	}
	var found []wireDispute
	for _, d := range slices.Backward(s.disputes.all) {
		s.follow(d)
		opened := d.opened.Truncate(time.Second)
		if (order == "" || order == d.order.current.id) && (merchant == "" || merchant == s.merchantID) &&
			(status == "" || status == d.status) &&
			(after.IsZero() || !opened.Before(after)) && (before.IsZero() || !opened.After(before)) {
			found = append(found, s.wireDispute(d))
		}
	}
	page := wireDisputePage{Data: []wireDispute{}, Offset: offset, Limit: limit, Total: len(found)}
	if offset < len(found) {
		page.Data = found[offset:min(offset+limit, len(found))]
	}
	return read(page)
}

// readEpoch reads seconds since 1970, or what readDate reads.
func readEpoch(text string, end bool) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	return readDate(text, end)
}

func readCount(text string, absent int) (int, bool) {
	if text == "" {
		return absent, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// wireDispute is a dispute as it is sent. Amounts are bare strings, times are
// seconds since 1970, and -1 means no time.
type wireDispute struct {
	ID                     string          `json:"id"`
	Order                  string          `json:"order"`
	Amount                 string          `json:"amount"`
	Currency               string          `json:"currency,omitempty"`
	Reason                 string          `json:"reason"`
	Status                 string          `json:"status"`
	Open                   bool            `json:"open"`
	ResponseDueBy          any             `json:"responseDueBy"` // this and the other times: a number, or in OpenAPI a string
	CreatedAt              any             `json:"createdAt"`
	UpdatedAt              any             `json:"updatedAt"`
	OpeningNote            string          `json:"openingNote"`
	OpeningNoteAttachments any             `json:"openingNoteAttachments"` // an array, or in OpenAPI a string
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

// wireDisputeAlone returns the body of a response about one dispute.
func (s *Sandbox) wireDisputeAlone(d *dispute) any {
	if s.disputeForm == DisputesAsInTables {
		return wireDisputeWrapped{s.wireDispute(d)}
	}
	return s.wireDispute(d)
}

// wireDispute returns a dispute in the sandbox's DisputeForm.
func (s *Sandbox) wireDispute(d *dispute) wireDispute {
	p := d.order.current
	reason := d.closingReason // a copy, as the dispute may change before the response is written
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
	for _, field := range []**string{&w.ClosingReason, &w.ClosingNote, &w.SettlementAmount, &w.Meta.Network, &w.Meta.NetworkReferenceID} {
		if *field == nil {
			*field = new(string)
		}
	}
}
