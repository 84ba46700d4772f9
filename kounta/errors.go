package kounta

import (
	"errors"
	"fmt"
	"time"
)

// Kind is a class of failure. A Kind is an error: compare with
// errors.Is(err, kounta.ErrNotFound).
type Kind string

// Error returns the kind in words.
func (k Kind) Error() string { return "kounta: " + string(k) }

// The classes of failure. An Error has one of them, and also matches
// ErrOutcomeUnknown when a write may have happened.
const (
	// ErrInvalid: the request is wrong. Repeating it is useless.
	ErrInvalid Kind = "invalid request"
	// ErrUnauthorized: the credentials or the access token are refused, or there
	// is no access token.
	ErrUnauthorized Kind = "unauthorized"
	// ErrNotFound: Kounta does not have it, or does not show it yet.
	ErrNotFound Kind = "not found"
	// ErrRateLimited: too many requests. Error.RetryAfter says how long to wait.
	ErrRateLimited Kind = "rate limited"
	// ErrUnavailable: there is no response, it cannot be read, or Kounta failed.
	ErrUnavailable Kind = "unavailable"
	// ErrOutcomeUnknown: a write may or may not have happened. Look for it before
	// repeating it; Kounta may show it only seconds later.
	ErrOutcomeUnknown Kind = "outcome unknown"
)

// Error describes why a call failed. Its text holds no credential, token, body,
// address or customer data.
type Error struct {
	Op         string        // operation, such as orders.create
	Kind       Kind          // class
	StatusCode int           // status of the response; 0 if there was none
	RetryAfter time.Duration // for ErrRateLimited
	// OutcomeUnknown reports whether a write may have happened. If it is false,
	// the write certainly did not happen.
	OutcomeUnknown bool
	Err            error // cause; may be nil
}

// Error describes the failure in one line.
func (e *Error) Error() string {
	text := "kounta: " + e.Op
	if e.OutcomeUnknown {
		text += ": " + string(ErrOutcomeUnknown)
	}
	text += ": " + string(e.Kind)
	if e.StatusCode != 0 {
		text += fmt.Sprintf(" (status %d)", e.StatusCode)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's kind, or ErrOutcomeUnknown if the
// outcome is unknown.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && (kind == e.Kind || e.OutcomeUnknown && kind == ErrOutcomeUnknown)
}

// errNoLocation is the cause for a response that must say where a record is.
var errNoLocation = errors.New("the response does not say where the record is")

// invalid returns the error for a request that is wrong and was not sent.
func invalid(op, format string, args ...any) error {
	return &Error{Op: op, Kind: ErrInvalid, Err: fmt.Errorf(format, args...)}
}

// unreadable returns the error for a response to a read that makes no sense.
func unreadable(op, text string) error {
	return &Error{Op: op, Kind: ErrUnavailable, Err: errors.New(text)}
}
