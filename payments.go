package afterpay

import (
	"context"
	"log/slog"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// PaymentsService takes the money of an order: on the return page with Complete,
// at once with Capture, or with Authorize and later CapturePart. Void releases it.
type PaymentsService service

// PaymentStatus says whether Afterpay approved an order as a whole. It does not
// change when money is captured, voided or refunded. Afterpay may add values.
type PaymentStatus string

// The statuses.
const (
	StatusApproved PaymentStatus = "APPROVED"
	StatusDeclined PaymentStatus = "DECLINED"
)

// PaymentState says what became of a payment's money under API v2. Refunds do
// not change it. It is empty under v1. Afterpay may add values.
type PaymentState string

// The states. StateExpired is documented on one page only.
const (
	StateAuthApproved      PaymentState = "AUTH_APPROVED"
	StateAuthDeclined      PaymentState = "AUTH_DECLINED"
	StatePartiallyCaptured PaymentState = "PARTIALLY_CAPTURED"
	StateCaptured          PaymentState = "CAPTURED"
	StateCaptureDeclined   PaymentState = "CAPTURE_DECLINED"
	StateVoided            PaymentState = "VOIDED"
	StateExpired           PaymentState = "EXPIRED"
)

// EventType says what happened to a payment's money. The names of v1
// (AUTHORISE, CAPTURE, VOID) are translated. Afterpay may add values.
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

// Payment is an order that was paid for, or that Afterpay declined. Fields that
// the service omits are left empty.
type Payment struct {
	ID      string        `json:"id"` // digits; Afterpay's order number, and the one in settlement files
	Token   string        `json:"token"`
	Status  PaymentStatus `json:"status"`
	State   PaymentState  `json:"paymentState,omitempty"`
	Created Timestamp     `json:"created,omitzero"` // when the order was made, usually minutes before the money moved
	// OriginalAmount is the order total; v1 calls it totalAmount.
	OriginalAmount Money `json:"originalAmount,omitzero" v1:"totalAmount"`
	// OpenToCaptureAmount is what CapturePart may still take. A declined payment
	// shows its whole amount here although nothing can be captured: look at
	// Status too, or use Balance. Empty under v1.
	OpenToCaptureAmount Money  `json:"openToCaptureAmount,omitzero"`
	MerchantReference   string `json:"merchantReference,omitempty"`
	// Refunds holds what was paid back and, under v2, also what was voided. Its
	// order is not defined. Balance tells the two apart.
	Refunds      []Refund       `json:"refunds,omitempty"`
	OrderDetails OrderDetails   `json:"orderDetails,omitzero" hoist:"taxAmount,shippingAmount"`
	Events       []PaymentEvent `json:"events,omitempty"` // oldest first; usually empty under v1
	Agreements   []Agreement    `json:"agreements,omitempty"`
	PaymentType  string         `json:"paymentType,omitempty"` // API v1 only
	// Unread holds the text of the fields that could not be read exactly and
	// that no decision about money depends on, such as an item's price or a
	// date. It is keyed by path, such as orderDetails.items[0].price.amount. The
	// fields themselves are zero. Unread is nil if every field was read.
	Unread map[string]string `json:"-" wire:"unread"`
}

// LogValue shows the payment's id, status, state and amounts.
func (p Payment) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", safe.Key(p.ID)),
		slog.String("status", safe.Word(string(p.Status))),
		slog.String("state", safe.Word(string(p.State))),
		slog.String("original_amount", safeMoney(p.OriginalAmount)),
		slog.String("open_to_capture_amount", safeMoney(p.OpenToCaptureAmount)),
	)
}

// PaymentEvent says what happened to a payment's money, and when. Refunds are not
// events. Under v1 events hold Type and Created only.
type PaymentEvent struct {
	ID      string    `json:"id,omitempty"`
	Created Timestamp `json:"created,omitzero"` // may differ by milliseconds between two responses
	// Expires is when Afterpay voids an authorization that is not captured. Only
	// EventAuthApproved has it. Do not compute it: it differs by region.
	Expires           Timestamp `json:"expires,omitzero"`
	Type              EventType `json:"type"`
	Amount            Money     `json:"amount,omitzero"`
	MerchantReference string    `json:"paymentEventMerchantReference,omitempty"` // EventMerchantReference of the capture
}

// CaptureRequest asks for the whole amount of an order that the shopper has
// confirmed. Only Token is required. The fields from Amount on are for express
// checkouts and payments on file, and API v2 only.
type CaptureRequest struct {
	Token             string `json:"token"`
	MerchantReference string `json:"merchantReference,omitempty"` // up to 128 characters; replaces the order's

	Amount                  Money       `json:"amount,omitzero" v1:"-"`                   // express: required; the final total
	IsCheckoutAdjusted      bool        `json:"isCheckoutAdjusted,omitempty" v1:"-"`      // express: whether the total changed
	PaymentScheduleChecksum string      `json:"paymentScheduleChecksum,omitempty" v1:"-"` // express: from the checkout widget
	Items                   []Item      `json:"items,omitempty" v1:"-"`                   // express: if changed
	Shipping                Contact     `json:"shipping,omitzero" v1:"-"`                 // express: if changed
	Enrichments             Enrichments `json:"enrichments,omitzero" v1:"-"`              // for payments on file
	GrantID                 string      `json:"grantId,omitempty" v1:"-"`                 // for payments on file
}

// LogValue shows the amount, if any.
func (r CaptureRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("amount", safeMoney(r.Amount)))
}

// AuthorizeRequest asks Afterpay to approve an order that the shopper has
// confirmed. The money is captured later. Only Token is required. API v2 only.
type AuthorizeRequest struct {
	Token string `json:"token"`
	// RequestID makes the call repeatable for up to 24 hours. If it is empty, one
	// is generated. Use RequestIDFor, or store an id with the order before the
	// call, to be able to repeat it after a crash.
	RequestID         string `json:"requestId,omitempty"`
	MerchantReference string `json:"merchantReference,omitempty"` // up to 128 characters; replaces the order's

	Amount                  Money       `json:"amount,omitzero"`                   // express: required; the final total
	IsCheckoutAdjusted      bool        `json:"isCheckoutAdjusted,omitempty"`      // express: whether the total changed
	PaymentScheduleChecksum string      `json:"paymentScheduleChecksum,omitempty"` // express: from the checkout widget
	Items                   []Item      `json:"items,omitempty"`                   // express: if changed
	Shipping                Contact     `json:"shipping,omitzero"`                 // express: if changed
	Enrichments             Enrichments `json:"enrichments,omitzero"`              // for payments on file
	GrantID                 string      `json:"grantId,omitempty"`                 // for payments on file
}

// LogValue shows the request id and the amount, if any.
func (r AuthorizeRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("request_id", safe.Key(r.RequestID)), slog.String("amount", safeMoney(r.Amount)))
}

// CapturePartRequest takes some or all of an authorized amount. Amount is
// required. API v2 only.
type CapturePartRequest struct {
	// RequestID makes the call repeatable for up to 24 hours, as in AuthorizeRequest.
	// Repeating it with another id makes a second capture.
	RequestID         string `json:"requestId,omitempty"`
	Amount            Money  `json:"amount"`
	MerchantReference string `json:"merchantReference,omitempty"` // up to 128 characters; replaces the order's
	// EventMerchantReference names this capture for FindCapture, and in the
	// settlement file, where it is the Payment Event ID. Up to 128 characters.
	EventMerchantReference string `json:"paymentEventMerchantReference,omitempty"`
}

// VoidReason says why money is released. It changes only the e-mail to the
// shopper. Afterpay may add values.
type VoidReason string

// The documented reasons.
const (
	VoidCancelledItems   VoidReason = "cancelledItems"
	VoidAmountAdjustment VoidReason = "amountAdjustment"
)

// VoidRequest releases authorized money that was not captured: either Amount or,
// with All, everything that is open. A request with neither is refused, because a
// failed calculation also returns Money{}. API v2 only.
type VoidRequest struct {
	RequestID string     `json:"requestId,omitempty"` // as in CapturePartRequest
	Amount    Money      `json:"amount,omitzero"`
	All       bool       `json:"-"` // release everything that is open; Amount stays empty
	Reason    VoidReason `json:"reason,omitempty"`
}

// updateReferenceRequest is the body of UpdateReference.
type updateReferenceRequest struct {
	MerchantReference string `json:"merchantReference"`
}

// Capture takes the whole amount of an order that the shopper has confirmed. It
// is idempotent by token: repeating it returns the payment as it is now, refunds
// included. On a return page use Complete, which also checks the amount.
//
// Errors: ErrDeclined when Afterpay declines, with Error.Payment set under v2;
// ErrInvalidToken for a token that is unknown or expired; ErrNotApprovedYet when
// the shopper has not confirmed; ErrState when the order was only authorized, was
// reversed, or is about to be; ErrAmountMismatch, with ErrOutcomeUnknown and
// Error.Payment, when the payment is for a total other than Amount;
// ErrOutcomeUnknown when no response says whether all of the money moved. Settle
// that with Recover.
//
// POST /v2/payments/capture, POST /v1/payments/capture.
func (s *PaymentsService) Capture(ctx context.Context, req CaptureRequest) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsCapture, token: req.Token, total: req.Amount, body: &req}, acceptCaptured)
}

// Authorize asks Afterpay to approve an order that the shopper has confirmed.
// CapturePart takes the money and Void releases it. Afterpay releases what is
// left when the authorization expires: see Payment.AuthExpires.
//
// Errors: as for Capture, but ErrState when the payment is voided, reversed or expired.
//
// POST /v2/payments/auth. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) Authorize(ctx context.Context, req AuthorizeRequest) (*Payment, error) {
	s.client.fillRequestID(&req.RequestID)
	return do(ctx, s.client, call{op: opPaymentsAuthorize, token: req.Token, requestID: req.RequestID, total: req.Amount, body: &req}, acceptAuthorized)
}

// CapturePart takes some or all of what is open to capture. paymentID is
// Payment.ID.
//
// Errors: ErrInvalid for an amount above what is open or below the smallest
// capture (code invalid_amount); ErrAmountMismatch when the request id was used
// before for another amount or reference, which was captured while this one was
// not; ErrState when the payment is captured, voided, expired or declined;
// ErrNotFound or ErrState for an unknown payment; ErrOutcomeUnknown when no
// response shows the capture. Settle that with FindCapture.
//
// POST /v2/payments/{paymentID}/capture. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) CapturePart(ctx context.Context, paymentID string, req CapturePartRequest) (*Payment, error) {
	s.client.fillRequestID(&req.RequestID)
	return do(ctx, s.client, call{
		op: opPaymentsCapturePart, paymentID: paymentID, requestID: req.RequestID,
		amount: req.Amount, reference: req.EventMerchantReference, body: &req,
	}, acceptCapturedPart)
}

// Void releases some or all of what is open to capture. To give back captured
// money, use Refunds.Create.
//
// Errors: ErrInvalid for an amount above what is open; ErrState when the payment is
// fully captured; ErrAmountMismatch when the request id was used before for another
// amount, which was released while this one was not; ErrNotFound for an unknown
// payment, although the service has also been observed to return 500, which is
// ErrUnavailable with ErrOutcomeUnknown; ErrOutcomeUnknown when no response shows
// the void. Settle that with Get and Payment.Balance.
//
// POST /v2/payments/{paymentID}/void. Not under v1: errors.ErrUnsupported.
func (s *PaymentsService) Void(ctx context.Context, paymentID string, req VoidRequest) (*Payment, error) {
	s.client.fillRequestID(&req.RequestID)
	return do(ctx, s.client, call{
		op: opPaymentsVoid, paymentID: paymentID, requestID: req.RequestID,
		amount: req.Amount, whole: req.All, body: &req,
	}, acceptVoided)
}

// Reverse cancels an authorization or capture whose response was lost. The
// service accepts it within 10 minutes of the payment and carries it out
// afterwards: nil means accepted, and the money is released or refunded later.
// Call Recover first if the payment is still wanted, and Reverse when the order
// has been given up. A reversed order cannot be captured.
//
// Errors: ErrState when the order is not eligible, the time has passed or a
// reversal is already pending; ErrInvalidToken; ErrOutcomeUnknown.
//
// POST /v2/payments/token:{token}/reversal, the same under /v1.
func (s *PaymentsService) Reverse(ctx context.Context, token string) error {
	_, err := do[accepted](ctx, s.client, call{op: opPaymentsReverse, token: token, body: &emptyBody{}}, nil)
	return err
}

// Get reads a payment. A declined payment is returned like any other. Reads may
// lag behind writes by some seconds. Errors: ErrNotFound.
//
// GET /v2/payments/{paymentID}, the same under /v1.
func (s *PaymentsService) Get(ctx context.Context, paymentID string) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsGet, paymentID: paymentID}, acceptPayment)
}

// GetByToken reads the payment of an order. Errors: ErrNotFound, also for an order
// that has not been paid for yet.
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

// UpdateCourier tells Afterpay how an order was shipped. Call it once for each
// parcel; the service keeps the last one. Errors: ErrState for an unknown payment,
// ErrInvalid for a bad priority.
//
// PUT /v2/payments/{paymentID}/courier, the same under /v1.
func (s *PaymentsService) UpdateCourier(ctx context.Context, paymentID string, c Courier) (*Payment, error) {
	return do(ctx, s.client, call{op: opPaymentsUpdateCourier, paymentID: paymentID, body: &c}, acceptPayment)
}
