package afterpay

import (
	"context"
)

// PaymentsService takes the money of an order: at once with Capture, or with
// Authorize and later CapturePart and Void.
type PaymentsService service

// PaymentStatus is the verdict on a whole order. It does not change when money
// is captured, voided or refunded. The set is open.
type PaymentStatus string

// The verdicts.
const (
	StatusApproved PaymentStatus = "APPROVED"
	StatusDeclined PaymentStatus = "DECLINED"
)

// PaymentState is what has become of a payment's money under API v2; refunds
// do not change it. It is empty under v1. The set is open.
type PaymentState string

// The states. StateExpired stands on one page of the documentation only.
const (
	StateAuthApproved      PaymentState = "AUTH_APPROVED"
	StateAuthDeclined      PaymentState = "AUTH_DECLINED"
	StatePartiallyCaptured PaymentState = "PARTIALLY_CAPTURED"
	StateCaptured          PaymentState = "CAPTURED"
	StateCaptureDeclined   PaymentState = "CAPTURE_DECLINED"
	StateVoided            PaymentState = "VOIDED"
	StateExpired           PaymentState = "EXPIRED"
)

// EventType is what happened to a payment's money. The events of v1
// (AUTHORISE, CAPTURE, VOID) are translated. The set is open.
type EventType string

// The events.
const (
	EventAuthApproved    EventType = "AUTH_APPROVED"
	EventAuthDeclined    EventType = "AUTH_DECLINED"
	EventCaptured        EventType = "CAPTURED"
	EventCaptureDeclined EventType = "CAPTURE_DECLINED"
	EventVoided          EventType = "VOIDED"
	EventExpired         EventType = "EXPIRED"
)

// Payment is an order that was paid for, or that Afterpay declined to pay for.
type Payment struct {
	ID      string        `json:"id"` // digits; Afterpay's order number, and the one in settlement files
	Token   string        `json:"token"`
	Status  PaymentStatus `json:"status"`
	State   PaymentState  `json:"paymentState,omitempty"`
	Created Timestamp     `json:"created,omitzero"` // of the order, some minutes before the money moved
	// OriginalAmount is the order total; v1 calls it totalAmount.
	OriginalAmount Money `json:"originalAmount,omitzero" v1:"totalAmount"`
	// OpenToCaptureAmount is what CapturePart may still take. It is the whole
	// amount for a declined payment, where nothing may be captured: look at
	// Status too, or use Balance. Empty under v1.
	OpenToCaptureAmount Money  `json:"openToCaptureAmount,omitzero"`
	MerchantReference   string `json:"merchantReference,omitempty"`
	// Refunds holds what was paid back and, under v2, what was voided as
	// well, in no order to rely on. Balance tells the two apart.
	Refunds      []Refund       `json:"refunds,omitempty"`
	OrderDetails OrderDetails   `json:"orderDetails,omitzero"`
	Events       []PaymentEvent `json:"events,omitempty"` // oldest first; usually empty under v1
	Agreements   []Agreement    `json:"agreements,omitempty"`
}

// PaymentEvent is a movement of a payment's money. Refunds make no event.
// Under v1 only Type and Created are sent.
type PaymentEvent struct {
	ID      string    `json:"id,omitempty"`
	Created Timestamp `json:"created,omitzero"` // may differ by milliseconds between two answers
	// Expires is when an uncaptured authorization is voided; only
	// EventAuthApproved has it. Never compute it: it differs by region.
	Expires           Timestamp `json:"expires,omitzero"`
	Type              EventType `json:"type"`
	Amount            Money     `json:"amount,omitzero"`
	MerchantReference string    `json:"paymentEventMerchantReference,omitempty"`
}

// CaptureRequest asks for the whole amount of an order the shopper has
// confirmed. Only Token is needed.
type CaptureRequest struct {
	Token             string `json:"token"`
	MerchantReference string `json:"merchantReference,omitempty"` // up to 128 characters; replaces the order's

	// The rest is known to API v2 only and meant for express checkouts.

	Amount                  Money       `json:"amount,omitzero" v1:"-"` // needed there; checked against the order
	IsCheckoutAdjusted      bool        `json:"isCheckoutAdjusted,omitempty" v1:"-"`
	PaymentScheduleChecksum string      `json:"paymentScheduleChecksum,omitempty" v1:"-"` // from the checkout widget
	Items                   []Item      `json:"items,omitempty" v1:"-"`                   // if changed
	Shipping                Contact     `json:"shipping,omitzero" v1:"-"`                 // if changed
	Enrichments             Enrichments `json:"enrichments,omitzero" v1:"-"`
	GrantID                 string      `json:"grantId,omitempty" v1:"-"` // payments on file
}

// AuthorizeRequest asks for the approval of an order the shopper has
// confirmed, leaving its money to be captured later. Only Token is needed.
// API v2 only.
type AuthorizeRequest struct {
	Token string `json:"token"`
	// RequestID makes the call repeatable for 24 hours. When it is empty one is
	// made. Store your own with the order before the call, see RequestIDFor,
	// to be able to repeat it after a crash.
	RequestID         string `json:"requestId,omitempty"`
	MerchantReference string `json:"merchantReference,omitempty"` // up to 128 characters; replaces the order's

	Amount                  Money       `json:"amount,omitzero"` // express: needed; checked against the order
	IsCheckoutAdjusted      bool        `json:"isCheckoutAdjusted,omitempty"`
	PaymentScheduleChecksum string      `json:"paymentScheduleChecksum,omitempty"` // express: from the checkout widget
	Items                   []Item      `json:"items,omitempty"`                   // express: if changed
	Shipping                Contact     `json:"shipping,omitzero"`                 // express: if changed
	Enrichments             Enrichments `json:"enrichments,omitzero"`
	GrantID                 string      `json:"grantId,omitempty"` // payments on file
}

// CapturePartRequest takes some or all of an authorized amount. Amount is
// needed. API v2 only.
type CapturePartRequest struct {
	// RequestID makes the call repeatable for 24 hours, as in
	// AuthorizeRequest. Without the same id a repetition is a second capture.
	RequestID         string `json:"requestId,omitempty"`
	Amount            Money  `json:"amount"`
	MerchantReference string `json:"merchantReference,omitempty"` // up to 128 characters; replaces the order's
	// EventMerchantReference names this capture in the settlement file, where
	// it is the Payment Event ID. Up to 128 characters.
	EventMerchantReference string `json:"paymentEventMerchantReference,omitempty"`
}

// VoidReason is why money is released; it only changes the e-mail to the
// shopper. The set is open.
type VoidReason string

// The documented reasons.
const (
	VoidCancelledItems   VoidReason = "cancelledItems"
	VoidAmountAdjustment VoidReason = "amountAdjustment"
)

// VoidRequest releases authorized money that was not captured: either Amount or,
// with All, everything that is open. A request with neither is refused, as Money{}
// is also what a failed calculation returns. API v2 only.
type VoidRequest struct {
	RequestID string     `json:"requestId,omitempty"` // as in CapturePartRequest
	Amount    Money      `json:"amount,omitzero"`
	All       bool       `json:"-"` // release everything that is open, and leave Amount empty
	Reason    VoidReason `json:"reason,omitempty"`
}

// updateReferenceRequest is the body of UpdateReference.
type updateReferenceRequest struct {
	MerchantReference string `json:"merchantReference"`
}

// Capture takes the whole amount of an order that the shopper has confirmed,
// at once. It is idempotent by token: repeating it returns the payment as it
// is now, refunds included.
//
// Errors: ErrDeclined when Afterpay declines, with Error.Payment set under v2;
// ErrInvalidToken for a token that is unknown or expired; ErrNotApprovedYet
// when the shopper has not confirmed; ErrState when the order was only
// authorized, was reversed, or is about to be; ErrOutcomeUnknown when no answer tells
// whether money moved, to be settled with Recover.
//
// POST /v2/payments/capture, POST /v1/payments/capture.
func (s *PaymentsService) Capture(ctx context.Context, req CaptureRequest) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsCapture, token: req.Token, total: req.Amount, body: &req}, acceptCaptured)
}

// Authorize asks for the approval of an order that the shopper has confirmed.
// The money is taken with CapturePart, released with Void, and released by
// Afterpay when the authorization expires: see Payment.AuthExpires.
//
// Errors: as for Capture.
//
// POST /v2/payments/auth. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) Authorize(ctx context.Context, req AuthorizeRequest) (*Payment, error) {
	s.client.fillRequestID(&req.RequestID)
	return do(ctx, s.client, call{op: opPaymentsAuthorize, token: req.Token, requestID: req.RequestID, total: req.Amount, body: &req}, acceptAuthorized)
}

// CapturePart takes some or all of what is open to capture. The payment's id is
// the digits of Payment.ID.
//
// Errors: ErrInvalid for an amount above what is open or below the smallest
// capture (code invalid_amount); ErrAmountMismatch when the request id was used
// for another amount, which was captured, and not this one; ErrState when the payment is captured, voided,
// expired or declined; ErrNotFound or ErrState for an unknown payment;
// ErrOutcomeUnknown.
//
// POST /v2/payments/{paymentID}/capture. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) CapturePart(ctx context.Context, paymentID string, req CapturePartRequest) (*Payment, error) {
	s.client.fillRequestID(&req.RequestID)
	return do(ctx, s.client, call{
		op: opPaymentsCapturePart, paymentID: paymentID, requestID: req.RequestID,
		amount: req.Amount, reference: req.EventMerchantReference, body: &req,
	}, acceptCapturedPart)
}

// Void releases some or all of what is open to capture. Money that was captured
// is refunded instead.
//
// Errors: ErrInvalid for an amount above what is open; ErrState when the
// payment is fully captured; ErrNotFound or, for an unknown number,
// ErrUnavailable with ErrOutcomeUnknown, as the service answers 500 to it.
//
// POST /v2/payments/{paymentID}/void. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) Void(ctx context.Context, paymentID string, req VoidRequest) (*Payment, error) {
	s.client.fillRequestID(&req.RequestID)
	return do(ctx, s.client, call{
		op: opPaymentsVoid, paymentID: paymentID, requestID: req.RequestID,
		amount: req.Amount, whole: req.All, body: &req,
	}, acceptVoided)
}

// Reverse cancels an authorization or capture whose answer was lost. It is
// accepted within 10 minutes of the order being paid for and carried out
// afterwards: nil means accepted, not done. Use Recover first when the payment
// is wanted and Reverse when the order has been given up; a reversed order
// can't be captured.
//
// Errors: ErrState when the order is not eligible, the time has passed or a
// reversal is pending already; ErrInvalidToken.
//
// POST /v2/payments/token:{token}/reversal, the same under /v1.
func (s *PaymentsService) Reverse(ctx context.Context, token string) error {
	_, err := do[accepted](ctx, s.client, call{op: opPaymentsReverse, token: token, body: &emptyBody{}}, nil)
	return err
}

// Get reads a payment. A declined payment is returned as any other. Reads may
// lag behind writes by some seconds. Errors: ErrNotFound.
//
// GET /v2/payments/{paymentID}, the same under /v1.
func (s *PaymentsService) Get(ctx context.Context, paymentID string) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsGet, paymentID: paymentID}, acceptPayment)
}

// GetByToken reads the payment of an order. Errors: ErrNotFound, also while
// the order has not been paid for.
//
// GET /v2/payments/token:{token}, the same under /v1.
func (s *PaymentsService) GetByToken(ctx context.Context, token string) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsGetByToken, token: token}, acceptPayment)
}

// UpdateReference replaces a payment's merchant reference, up to 128
// characters. Errors: ErrNotFound, ErrInvalid.
//
// PUT /v2/payments/{paymentID}, the same under /v1.
func (s *PaymentsService) UpdateReference(ctx context.Context, paymentID, merchantReference string) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsUpdateReference, paymentID: paymentID, reference: merchantReference, body: &updateReferenceRequest{merchantReference}}, acceptReference)
}

// UpdateCourier tells how an order was shipped. For several parcels call it
// once a parcel; the last one stays. Errors: ErrState for an unknown payment,
// ErrInvalid for a bad priority.
//
// PUT /v2/payments/{paymentID}/courier, the same under /v1.
func (s *PaymentsService) UpdateCourier(ctx context.Context, paymentID string, c Courier) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsUpdateCourier, paymentID: paymentID, body: &c}, acceptPayment)
}
