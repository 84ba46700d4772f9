package radial

import (
	"errors"

	"github.com/afterpay-go/afterpay"
)

// ResponseCode is the outcome that a reply names. The set is open.
// GetPaymentAuthorization has a vocabulary of its own, AuthorizationCode.
type ResponseCode string

// The values of ResponseCode. Only a Success is returned by this package as a
// reply; the others are errors.
const (
	ResponseSuccess ResponseCode = "Success"
	ResponseFail    ResponseCode = "Fail"
	ResponseTimeout ResponseCode = "Timeout"
	// ResponsePaymentProcessorTimeout is named in Radial's rule for request ids
	// and handled like ResponseTimeout.
	ResponsePaymentProcessorTimeout ResponseCode = "PaymentProcessorTimeout"
)

// Why a reply cannot be used although it could be read.
var (
	errReplyCode   = errors.New("reply names no known outcome")
	errNoPaymentID = errors.New("reply names no payment id")
)

// outcome is the error for a reply that is no success.
func (x *exchange) outcome(code ResponseCode, description string) error {
	switch code {
	case ResponseSuccess:
		return nil
	case ResponseFail:
		return x.answered(ErrFailed, string(code), description)
	case ResponseTimeout, ResponsePaymentProcessorTimeout:
		e := x.answered(ErrProcessorTimeout, string(code), description)
		e.OutcomeUnknown = x.op.effect
		return e
	}
	e := x.unusable(errReplyCode)
	e.Code, e.Message = string(code), description
	return e
}

// answered is the error for a reply that says no.
func (x *exchange) answered(kind afterpay.Kind, code, description string) *Error {
	e := x.failure(kind)
	e.Code, e.Message = code, description
	return e
}

// unusable is the error for a reply that came and says nothing.
func (x *exchange) unusable(cause error) *Error {
	e := x.failure(afterpay.ErrUnavailable)
	e.OutcomeUnknown = x.op.effect
	e.Err = cause
	return e
}
