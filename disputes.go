package afterpay

import (
	"context"
	"iter"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// DisputesService responds to shoppers who dispute a payment. API v2 only, and
// Afterpay has to activate it for an account. Under v1 every method returns
// errors.ErrUnsupported.
//
// Afterpay describes disputes in pages and in an OpenAPI file, which contradict
// each other in places. Responses are read in either form. Where a request had to
// follow one of the two, its documentation says so.
type DisputesService service

// DisputeStatus is the state of a dispute. Afterpay may add values.
type DisputeStatus string

// The statuses. DisputeWon and DisputeLost are final, and so are
// DisputeMerchantRefunded and DisputeMerchantVoided if the amount given back
// covers the dispute. DisputePartiallyWon is announced and not yet in use.
const (
	DisputeNeedsResponse    DisputeStatus = "needs_response" // until Dispute.ResponseDueBy
	DisputeUnderReview      DisputeStatus = "under_review"   // Afterpay decides
	DisputeWon              DisputeStatus = "won"
	DisputeLost             DisputeStatus = "lost" // the amount is taken from a later settlement
	DisputeMerchantRefunded DisputeStatus = "merchant_refunded"
	DisputeMerchantVoided   DisputeStatus = "merchant_voided"
	DisputePartiallyWon     DisputeStatus = "partially_won"
)

// DisputeReason is why a shopper disputes a payment. Afterpay may add values.
type DisputeReason string

// The reasons. Afterpay uses ReasonProductNotReceived and has announced
// ReasonProductUnacceptable and ReasonCreditNotProcessed. The others are used for
// Cash App Pay.
const (
	ReasonProductNotReceived  DisputeReason = "product_not_received"
	ReasonProductUnacceptable DisputeReason = "product_unacceptable"
	ReasonCreditNotProcessed  DisputeReason = "credit_not_processed"
	ReasonOrderCanceled       DisputeReason = "order_canceled"
	ReasonDuplicate           DisputeReason = "duplicate"
	ReasonIncorrectAmount     DisputeReason = "incorrect_amount"
	ReasonPaidByOtherMeans    DisputeReason = "paid_by_other_means"
	ReasonFraudulent          DisputeReason = "fraudulent"
	ReasonFraudulentMerchant  DisputeReason = "fraudulent_merchant"
)

// ClosingReason is why a dispute ended. Afterpay may add values.
type ClosingReason string

// The closing reasons.
const (
	ClosedMerchantAccepted  ClosingReason = "merchant_accepted"
	ClosedEvidenceAccepted  ClosingReason = "evidence_accepted"
	ClosedEvidenceRejected  ClosingReason = "evidence_rejected"
	ClosedDeadlineExpired   ClosingReason = "deadline_expired"
	ClosedCustomerCancelled ClosingReason = "customer_cancelled"
)

// Dispute is a shopper's complaint about a payment. Fields the service omits are
// left empty, even those it documents as required.
type Dispute struct {
	ID string `json:"id"` // begins with dp_
	// PaymentID is a Payment.ID in all of Afterpay's examples, although Afterpay's
	// text calls it the order's token. The JSON field is named order.
	PaymentID       string `json:"order,omitempty"`
	MerchantOrderID string `json:"merchantOrderId,omitempty"` // the shop's own reference
	// Amount is the amount in dispute. The service sends the currency in a
	// separate field, which it may omit. If it is missing, Currency is empty in
	// all amounts of the dispute, and adding them to other amounts is an error.
	Amount Money         `json:"amount,omitzero"`
	Reason DisputeReason `json:"reason,omitempty"`
	Status DisputeStatus `json:"status"`
	Open   bool          `json:"open"`
	// ResponseDueBy is the deadline for Respond, zero if the dispute is closed.
	ResponseDueBy          Timestamp     `json:"responseDueBy,omitzero"`
	CreatedAt              Timestamp     `json:"createdAt,omitzero"`
	UpdatedAt              Timestamp     `json:"updatedAt,omitzero"`
	TransactionDate        Timestamp     `json:"transactionDate,omitzero"` // of the purchase
	OpeningNote            string        `json:"openingNote,omitempty"`    // the shopper's words
	OpeningNoteAttachments []string      `json:"openingNoteAttachments,omitempty"`
	ClosingReason          ClosingReason `json:"closingReason,omitempty"`
	ClosingNote            string        `json:"closingNote,omitempty"`
	SettlementAmount       Money         `json:"settlementAmount,omitzero"` // amount finally settled
	Meta                   DisputeMeta   `json:"meta,omitzero"`
	// Unread holds the text of the dates that could not be read, keyed by path,
	// such as responseDueBy. The fields themselves are zero. Unread is nil if
	// every date was read.
	Unread map[string]string `json:"-" wire:"unread"`
}

// DisputeMeta describes the payment of a dispute.
type DisputeMeta struct {
	TransactionAmount  Money  `json:"transactionAmount,omitzero"` // of the purchase
	Network            string `json:"network,omitempty"`
	NetworkReferenceID string `json:"networkReferenceId,omitempty"`
	OrderType          string `json:"orderType,omitempty"` // such as ONLINE or INSTORE
}

// LogValue shows the dispute's id, reason, status and amount.
func (d Dispute) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", safe.Key(d.ID)),
		slog.String("reason", safe.Word(string(d.Reason))),
		slog.String("status", safe.Word(string(d.Status))),
		slog.String("amount", d.Amount.String()),
	)
}

// DisputeQuery selects disputes. Empty fields do not filter; the zero value
// selects every dispute.
type DisputeQuery struct {
	PaymentID string // Payment.ID; the service calls it order
	Merchant  string // merchant id, for credentials that serve several
	Status    DisputeStatus
	// OpenedAfter and OpenedBefore are inclusive. They are sent as dates and times
	// in UTC, as in Afterpay's OpenAPI file; Afterpay's pages only say "timestamp".
	OpenedAfter, OpenedBefore time.Time
	Offset                    int // number of disputes to skip
	Limit                     int // page size; 0 is the service's default
}

// LogValue shows the status, the dates and the page asked for.
func (q DisputeQuery) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("status", safe.Word(string(q.Status))),
		slog.Time("opened_after", q.OpenedAfter), slog.Time("opened_before", q.OpenedBefore),
		slog.Int("limit", q.Limit), slog.Int("offset", q.Offset),
	)
}

// DisputePage is one page of a list.
type DisputePage struct {
	Disputes []*Dispute `json:"data" wire:"required"`
	Offset   int        `json:"offset"`
	Limit    int        `json:"limit"`
	Total    int        `json:"total"` // number of disputes that the query selects, on all pages
}

// LogValue shows the number of disputes.
func (p DisputePage) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("total", p.Total), slog.Int("disputes", len(p.Disputes)))
}

// respondRequest is the body of Respond, which repeats the dispute's id.
type respondRequest struct {
	ID       string   `json:"id"`
	Evidence Evidence `json:"evidence"`
}

// List reads one page of the disputes that the query selects. All reads them
// all. Errors: ErrInvalid.
//
// GET /v2/disputes.
func (s *DisputesService) List(ctx context.Context, q DisputeQuery) (*DisputePage, error) {
	return do[DisputePage](ctx, s.client, call{op: opDisputesList, query: q.encode(), check: q.validate}, nil)
}

// All returns an iterator over every dispute that the query selects, from q.Offset
// on. It reads a page of q.Limit disputes at a time as the caller proceeds, and
// halves the limit when a response is too large. An error is yielded once, with a
// nil dispute, and ends the iteration. All never ends early without an error: if
// the service lists fewer disputes than its total, the error is ErrUnavailable.
// After an error, range again: it starts over at q.Offset.
//
// The list may change meanwhile, and the caller may change it too: a dispute that
// was responded to no longer needs a response. All yields no dispute twice. When
// the list has become shorter, All goes back far enough to miss no dispute.
//
// GET /v2/disputes.
func (s *DisputesService) All(ctx context.Context, q DisputeQuery) iter.Seq2[*Dispute, error] {
	return func(yield func(*Dispute, error) bool) {
		p := pager[Dispute]{
			target: &s.client.targets[opDisputesList], place: place{limit: q.Limit, offset: q.Offset}, shrinks: true,
			id: func(d *Dispute) string { return d.ID },
			read: func(ctx context.Context, at place) (page[Dispute], error) {
				q := q
				q.Limit, q.Offset = at.limit, at.offset
				got, err := s.List(ctx, q)
				if err != nil {
					return page[Dispute]{}, err
				}
				return page[Dispute]{elements: got.Disputes, total: got.Total}, nil
			},
		}
		p.run(ctx, yield)
	}
}

// Get reads a dispute. Errors: ErrNotFound.
//
// GET /v2/disputes/{disputeID}.
func (s *DisputesService) Get(ctx context.Context, disputeID string) (*Dispute, error) {
	return do(ctx, s.client, call{op: opDisputesGet, disputeID: disputeID}, acceptDispute)
}

// Respond submits evidence. It can be done once, while the dispute needs a
// response; afterwards the dispute is under review. The evidence must have at least
// one field.
//
// Errors: ErrState when the dispute does not need a response, ErrNotFound,
// ErrInvalid. ErrOutcomeUnknown, sometimes with ErrState, when the evidence may have
// arrived although no response says so: look at the status that Get returns.
//
// POST /v2/disputes/{disputeID}.
func (s *DisputesService) Respond(ctx context.Context, disputeID string, e Evidence) (*Dispute, error) {
	return do(ctx, s.client, call{op: opDisputesRespond, disputeID: disputeID, body: &respondRequest{disputeID, e}}, acceptResponded)
}

// Accept concedes a dispute: it is lost and closed for good, and Afterpay takes
// its amount from a later settlement.
//
// Errors: ErrState when the dispute is already closed, ErrNotFound.
// ErrOutcomeUnknown, sometimes with ErrState, when the dispute may have been
// accepted although no response says so: if it was, Get returns DisputeLost with
// ClosedMerchantAccepted.
//
// Accept is experimental. Afterpay's pages say POST, which Accept sends; its
// OpenAPI file says GET, which would let any program that follows links concede
// a dispute.
//
// POST /v2/disputes/{disputeID}/accept.
func (s *DisputesService) Accept(ctx context.Context, disputeID string) (*Dispute, error) {
	return do(ctx, s.client, call{op: opDisputesAccept, disputeID: disputeID, body: &emptyBody{}}, acceptLost)
}

const errUnchanged reason = "response does not show the expected status of the dispute"

// acceptDispute accepts the dispute that was asked for.
func acceptDispute(in *call, d *Dispute) *Error {
	switch {
	case d.ID == "":
		return unknown(nil, errNoID)
	case in.disputeID != d.ID:
		return unknown(nil, errOther)
	}
	return nil
}

// acceptResponded accepts a dispute that has been responded to.
func acceptResponded(in *call, d *Dispute) *Error {
	if e := acceptDispute(in, d); e != nil {
		return e
	}
	switch d.Status {
	case DisputeUnderReview, DisputeWon, DisputeLost, DisputePartiallyWon:
		return nil
	}
	return unknown(nil, errUnchanged)
}

// acceptLost accepts a dispute that is lost.
func acceptLost(in *call, d *Dispute) *Error {
	e := acceptDispute(in, d)
	if e == nil && d.Status != DisputeLost {
		return unknown(nil, errUnchanged)
	}
	return e
}

func (r *respondRequest) validate(v *checker) {
	v.enter("evidence")
	r.Evidence.validate(v)
	v.leave()
}

func (q *DisputeQuery) encode() string {
	v := make(url.Values)
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	setTime := func(name string, t time.Time) {
		if !t.IsZero() {
			v.Set(name, t.UTC().Format(timestampFormat))
		}
	}
	set("order", q.PaymentID)
	set("merchant", q.Merchant)
	set("status", string(q.Status))
	setTime("openedAfter", q.OpenedAfter)
	setTime("openedBefore", q.OpenedBefore)
	if q.Offset != 0 {
		v.Set("offset", strconv.Itoa(q.Offset))
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v.Encode()
}

func (q *DisputeQuery) validate(v *checker) {
	if q.Offset < 0 {
		v.fault("offset", "must not be negative")
	}
	if q.Limit < 0 {
		v.fault("limit", "must not be negative")
	}
}
