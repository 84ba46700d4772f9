package durable

import (
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay"
)

// Kind is what an operation asks of Afterpay.
type Kind string

// The kinds of operations, with the fields each needs besides ID.
const (
	Authorize       Kind = "authorize"        // Token; API v2 only
	Capture         Kind = "capture"          // Token
	CapturePart     Kind = "capture_part"     // PaymentID, Amount; API v2 only
	Void            Kind = "void"             // PaymentID, and Amount or All; API v2 only
	Refund          Kind = "refund"           // PaymentID, Amount
	Reverse         Kind = "reverse"          // Token; only within 10 minutes of the payment
	UpdateReference Kind = "update_reference" // PaymentID, Reference
	UpdateCourier   Kind = "update_courier"   // PaymentID, Courier
)

// Operation is something a shop has decided to do with a payment.
type Operation struct {
	// ID is the shop's number for this operation, up to 64 characters. It is the
	// idempotency key: it must never be used for anything else, and the request
	// id that Afterpay sees derives from it. A refund carries it as its
	// merchant reference, a partial capture as its event reference.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`

	Token     string         `json:"token,omitempty"`
	PaymentID string         `json:"paymentId,omitempty"`
	Amount    afterpay.Money `json:"amount,omitzero"`
	All       bool           `json:"all,omitempty"` // Void: all that is open, in place of Amount

	// Reference is the merchant reference of the payment, up to 128 characters.
	// For a Refund it is the refund's reference in the settlement file, which
	// API v1 does not have.
	Reference string           `json:"reference,omitempty"`
	Courier   afterpay.Courier `json:"courier,omitzero"`

	// NotBefore delays the operation. The zero value means at once.
	NotBefore time.Time `json:"notBefore,omitzero"`
}

// ErrConflict says that an operation's ID was used before with other content.
// The first operation stands.
var ErrConflict = errors.New("durable: operation id was used for another operation")

// needs lists the fields that each kind requires.
var needs = map[Kind][]string{
	Authorize: {"token"}, Capture: {"token"}, Reverse: {"token"},
	CapturePart: {"paymentId", "amount"}, Refund: {"paymentId", "amount"}, Void: {"paymentId"},
	UpdateReference: {"paymentId", "reference"}, UpdateCourier: {"paymentId"},
}

// check returns an *afterpay.Error of kind ErrInvalid that names every invalid
// field, or nil.
func (o *Operation) check() error {
	var fields []afterpay.FieldError
	fault := func(field, message string) {
		fields = append(fields, afterpay.FieldError{Field: field, Message: message})
	}
	required, known := needs[o.Kind]
	if !known {
		fault("kind", "is unknown")
	}
	if o.ID == "" {
		fault("id", "is required")
	}
	if utf8.RuneCountInString(o.ID) > 64 {
		fault("id", "must not be longer than 64 characters")
	}
	if utf8.RuneCountInString(o.Reference) > 128 {
		fault("reference", "must not be longer than 128 characters")
	}
	filled := map[string]bool{
		"token": o.Token != "", "paymentId": o.PaymentID != "", "amount": o.Amount.IsPositive(), "reference": o.Reference != "",
	}
	for _, name := range required {
		if !filled[name] {
			fault(name, "is required")
		}
	}
	switch {
	case o.Kind == Void && o.All == o.Amount.IsPositive():
		fault("amount", "or all is required, and only one of them")
	case o.Kind != Void && o.All:
		fault("all", "is for a void only")
	case !o.Amount.IsZero() && !o.Amount.IsPositive():
		fault("amount", "must be greater than 0.00")
	}
	if len(fields) == 0 {
		return nil
	}
	return &afterpay.Error{Op: "durable.enqueue", Kind: afterpay.ErrInvalid, Fields: fields}
}

// requestID returns the request id of every attempt at the operation, in every
// process.
func (o *Operation) requestID() string { return afterpay.RequestIDFor(string(o.Kind), o.ID) }

// payment returns what operations keep their order by.
func (o *Operation) payment() string {
	if o.PaymentID != "" {
		return o.PaymentID
	}
	return o.Token
}

// encode returns the operation as it is stored. Times are kept to the
// microsecond in UTC, so that the same operation has the same text.
func (o *Operation) encode() (string, error) {
	c := *o
	if !c.NotBefore.IsZero() {
		c.NotBefore = c.NotBefore.UTC().Truncate(time.Microsecond)
	}
	if !c.Courier.ShippedAt.IsZero() {
		c.Courier.ShippedAt.Time = c.Courier.ShippedAt.UTC().Truncate(time.Millisecond)
	}
	text, err := json.Marshal(&c)
	return string(text), err
}
