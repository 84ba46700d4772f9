package afterpay

import "context"

// RefundsService pays captured money back.
type RefundsService service

// Refund is money paid back to the shopper. Within Payment.Refunds under v2, it
// may also be money that was voided.
type Refund struct {
	// ID is Afterpay's id of the refund. The id of a void differs between the
	// response to the void and later reads, so do not use it as a key.
	ID                      string    `json:"refundId,omitempty" v1:"id"`
	RequestID               string    `json:"requestId,omitempty"` // empty for voids, and inside a payment under v1
	Amount                  Money     `json:"amount"`
	MerchantReference       string    `json:"merchantReference,omitempty"`
	RefundMerchantReference string    `json:"refundMerchantReference,omitempty"` // v2 only
	RefundedAt              Timestamp `json:"refundedAt,omitzero"`
}

// RefundRequest pays back some or all of what was captured. Amount is required.
type RefundRequest struct {
	// RequestID, of up to 64 characters, makes the call repeatable. If it is empty,
	// one is generated. Derive it from the shop's refund number (see
	// RequestIDFor) to be able to repeat the call after a crash.
	RequestID string `json:"requestId,omitempty"`
	Amount    Money  `json:"amount"`
	// MerchantReference is the shop's refund number, up to 85 characters, 64 to be
	// safe. If it is empty, RequestID is used. Leave both unchanged when repeating a
	// call: under v2 another reference makes a second refund. Under v1 Recover finds
	// a refund by its reference only.
	MerchantReference string `json:"merchantReference,omitempty"`
	// RefundMerchantReference names the refund in the settlement file, where it
	// is the Payment Event ID. Up to 128 characters. API v2 only.
	RefundMerchantReference string `json:"refundMerchantReference,omitempty" v1:"-"`
}

// Create pays back some or all of what was captured, up to 120 days after the
// purchase. To release money that is not captured yet, use Payments.Void.
//
// Errors: ErrInvalid for an amount above what may still be refunded (code
// invalid_amount), another currency, or a purchase too long ago
// (refund_timelimit_exceeded); ErrAmountMismatch when the request id was used
// before for another amount, which was refunded while this one was not; ErrState
// for a payment that is unknown or cannot be refunded; ErrNotFound for an id that
// is not a number; ErrDeclined when Cash App refuses; ErrOutcomeUnknown when no
// response shows the refund. Settle that with Recover.
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
