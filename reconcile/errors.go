package reconcile

import (
	"fmt"

	"github.com/afterpay-go/afterpay"
)

// Reasons why a run ends before its sources do, for [errors.Is]. Errors of the
// sources themselves are passed on as they are.
const (
	// ErrOptions says that [Options] contradict themselves, or that a run was
	// asked for its findings twice.
	ErrOptions afterpay.Kind = "reconcile options"
	// ErrOrder says that a source said to be sorted by Key is not.
	ErrOrder afterpay.Kind = "records out of order"
	// ErrGroup says that more records share a key than [Options.MaxGroup].
	// A key that so many share identifies nothing; sort by another.
	ErrGroup afterpay.Kind = "too many records under one key"
	// ErrRecord says that a record cannot be compared: it has no key at all,
	// no currency for its amount, an amount beyond 90 trillion, or is of a kind
	// that the run knows nothing of.
	ErrRecord afterpay.Kind = "unusable record"
	// ErrColumn says that a cell or column of the shop's orders is missing or
	// cannot be read.
	ErrColumn afterpay.Kind = "unreadable column"
)

// Error is a fault of a record that ends the run. Its text names the position
// but no key, since keys may be checkout tokens; Key is there for the caller.
type Error struct {
	// Side is "left" or "right", and "" in [Sort].
	Side string
	// Number counts the records of that side from 1; Line is [Record.Line].
	Number int64
	Line   int
	// Key is the key at fault.
	Key string
	// Kind is the class of the fault.
	Kind afterpay.Kind
}

// Error says where the fault is and what it is.
func (e *Error) Error() string {
	side, line := "", ""
	if e.Side != "" {
		side = e.Side + " side, "
	}
	if e.Line > 0 {
		line = fmt.Sprintf(" (line %d)", e.Line)
	}
	return fmt.Sprintf("reconcile: %srecord %d%s: %s", side, e.Number, line, string(e.Kind))
}

// Is reports whether target is the kind of e.
func (e *Error) Is(target error) bool {
	kind, ok := target.(afterpay.Kind)
	return ok && kind == e.Kind
}
