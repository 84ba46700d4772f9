package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// The exit statuses, which the help of the root command documents.
const (
	exitDone        = 0
	exitNo          = 1
	exitFailed      = 2
	exitUnknown     = 3
	exitInterrupted = 130
)

// statusError ends a command with an exit status. Without a text, nothing more is
// printed.
type statusError struct {
	status int
	text   string
	cause  error
}

// Error returns the text.
func (e *statusError) Error() string { return e.text }

// Unwrap returns the cause, which may be nil.
func (e *statusError) Unwrap() error { return e.cause }

// usageError says that arguments are missing or too many.
type usageError struct {
	names []string
	given int
}

// Error names the arguments.
func (e *usageError) Error() string {
	if len(e.names) == 0 {
		return fmt.Sprintf("no arguments are expected, but there are %d", e.given)
	}
	return fmt.Sprintf("expected arguments: %s; given: %d", strings.Join(e.names, " "), e.given)
}

// adviceError is an error with what to type next.
type adviceError struct {
	error
	next string
}

// Unwrap returns the error.
func (e *adviceError) Unwrap() error { return e.error }

// exitStatus reports the error of a command to standard error, with what to type
// next, and returns the exit status.
func (a *app) exitStatus(ctx context.Context, command string, err error) int {
	if err == nil {
		return exitDone
	}
	if text := err.Error(); text != "" {
		text = strings.ReplaceAll(text, context.Canceled.Error(), "interrupted")
		a.message("afterpay: %s\n", strings.TrimPrefix(text, "afterpay: "))
		if failure, ok := errors.AsType[*afterpay.Error](err); ok {
			a.explain(failure)
		}
		a.message("Next: %s\n", a.withProfile(next(ctx, command, err)))
	}
	return statusOf(ctx, err)
}

// next returns what to type after an error of a command.
func next(ctx context.Context, command string, err error) string {
	if advice, ok := errors.AsType[*adviceError](err); ok {
		return advice.next
	}
	switch {
	case ctx.Err() != nil:
		return "the same command again"
	case errors.Is(err, afterpay.ErrUnauthorized):
		return "afterpay doctor"
	case errors.Is(err, afterpay.ErrUnavailable), errors.Is(err, afterpay.ErrRateLimited), errors.Is(err, afterpay.ErrConflict):
		return "wait a moment and repeat the command; afterpay doctor checks the connection"
	}
	if failure, ok := errors.AsType[*afterpay.Error](err); ok {
		if advice := nextAfter(failure); advice != "" {
			return advice
		}
	}
	return command + " --help"
}

// nextAfter returns what to type after a call that Afterpay refused, or nothing.
func nextAfter(e *afterpay.Error) string {
	switch service, _, _ := strings.Cut(e.Op, "."); {
	case e.Kind == afterpay.ErrNotApprovedYet:
		return "the same command again, once the shopper has confirmed the order"
	case e.Kind == afterpay.ErrDeclined && service == "payments":
		return "nothing at Afterpay: the shopper can start a new checkout, or pay in another way"
	case e.Kind == afterpay.ErrNotFound && service == "payments":
		return "afterpay payments find, with the shop's order number"
	case e.Kind == afterpay.ErrNotFound && service == "disputes":
		return "afterpay disputes list"
	case e.PaymentID != "" && e.StatusCode != 0 && slices.Contains(moneyOps, e.Op):
		return "afterpay payments get " + e.PaymentID
	}
	return ""
}

// withProfile names the profile in a command to type next.
func (a *app) withProfile(next string) string {
	if a.profile == "" {
		return next
	}
	return strings.Replace(next, "afterpay ", "afterpay --profile "+shellWord(a.profile)+" ", 1)
}

// shellWord quotes a text that a shell would not take as one plain word.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/@+", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func statusOf(ctx context.Context, err error) int {
	if ended, ok := errors.AsType[*statusError](err); ok {
		return ended.status
	}
	if errors.Is(err, afterpay.ErrOutcomeUnknown) {
		return exitUnknown
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if failure, ok := errors.AsType[*afterpay.Error](err); ok && failure.Kind == afterpay.ErrInvalid && failure.StatusCode == 0 {
		return exitFailed // nobody said no: it was not sent
	}
	for _, no := range []error{
		afterpay.ErrDeclined, afterpay.ErrInvalidToken, afterpay.ErrNotApprovedYet, afterpay.ErrNotFound,
		afterpay.ErrState, afterpay.ErrAmountMismatch, afterpay.ErrInvalid, afterpay.ErrConflict,
	} {
		if errors.Is(err, no) {
			return exitNo
		}
	}
	return exitFailed
}

// moneyOps are the operations that move money.
var moneyOps = []string{
	"payments.capture", "payments.capturePart", "payments.authorize", "payments.void", "payments.reverse", "refunds.create",
}

// explain says what is known after a failed call.
func (a *app) explain(e *afterpay.Error) {
	for _, field := range e.Fields {
		a.message("  %s: %s\n", field.Field, field.Message)
	}
	switch {
	case e.OutcomeUnknown:
		a.message("Known: the request may have been carried out. Money may have moved.\n")
	case slices.Contains(moneyOps, e.Op):
		a.message("Known: this request moved no money.\n")
	}
	if e.CorrelationID != "" {
		a.message("For Afterpay's support: correlation id %s\n", e.CorrelationID)
	}
}
