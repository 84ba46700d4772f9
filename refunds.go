package afterpay

import "context"

// RefundsService pays captured money back.
type RefundsService service

// Refund is money paid back to the shopper or, within Payment.Refunds under
// v2, money that was voided.
type Refund struct {
	// ID is Afterpay's number for the refund. The one of a void changes between
	// the void's answer and later reads: do not use it as a key.
	ID                      string    `json:"refundId,omitempty" v1:"id"`
	RequestID               string    `json:"requestId,omitempty"` // empty for voids, and inside a payment under v1
	Amount                  Money     `json:"amount"`
	MerchantReference       string    `json:"merchantReference,omitempty"`
	RefundMerchantReference string    `json:"refundMerchantReference,omitempty"` // v2 only
	RefundedAt              Timestamp `json:"refundedAt,omitzero"`
}

// RefundRequest pays back some or all of what was captured. Amount is needed.
type RefundRequest struct {
	// RequestID makes the call repeatable, up to 64 characters. When it is
	// empty one is made. Derive your own from the refund's number in the shop,
	// see RequestIDFor, to be able to repeat it after a crash.
	RequestID string `json:"requestId,omitempty"`
	Amount    Money  `json:"amount"`
	// MerchantReference is the shop's number for the refund, up to 85
	// characters, 64 to be safe. Under v2 a refund is recognised as a
	// repetition only when RequestID and MerchantReference are both the same,
	// and under v1 Find knows a refund by nothing else, so an empty one is
	// filled with the RequestID.
	MerchantReference string `json:"merchantReference,omitempty"`
	// RefundMerchantReference names the refund in the settlement file, where
	// it is the Payment Event ID. Up to 128 characters. API v2 only.
	RefundMerchantReference string `json:"refundMerchantReference,omitempty" v1:"-"`
}

// Create pays back some or all of what was captured, up to 120 days after the
// purchase. What is authorized but not captured is voided instead.
//
// Errors: ErrInvalid for an amount above what was captured (code
// invalid_amount), another currency, or a purchase too long ago
// (refund_timelimit_exceeded); ErrAmountMismatch when the request id was used
// for another amount, which was refunded, and not this one; ErrState for a payment that is unknown or can't
// be refunded; ErrNotFound for an id that is no number; ErrDeclined when Cash
// App refuses; ErrOutcomeUnknown when no answer tells whether money moved, to be
// settled with Find.
//
// POST /v2/payments/{paymentID}/refund, the same under /v1.
func (s *RefundsService) Create(ctx context.Context, paymentID string, req RefundRequest) (*Refund, error) {
	s.client.fillRequestID(&req.RequestID)
	if req.MerchantReference == "" {
		req.MerchantReference = req.RequestID
	}
	return do(ctx, s.client, call{
		op: opRefundsCreate, paymentID: paymentID, requestID: req.RequestID,
		amount: req.Amount, reference: req.MerchantReference, body: &req,
	}, acceptRefunded)
}
