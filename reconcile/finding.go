package reconcile

import (
	"fmt"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/settlement"
)

// Class is the kind of difference. The names are stable, so programs can rely on
// them. docs/reconciliation.md gives the cause and remedy of each.
type Class string

// The classes that [Orders] finds between a shop and Afterpay.
const (
	MissingAtAfterpay     Class = "missing_at_afterpay"     // the shop expects money, Afterpay has no payment
	MissingAtMerchant     Class = "missing_at_merchant"     // an approved payment without an order
	AmbiguousReference    Class = "ambiguous_reference"     // several approved payments under one reference
	DuplicateCapture      Class = "duplicate_capture"       // an order captured twice, or more captured than authorized
	StatusMismatch        Class = "status_mismatch"         // paid on one side, declined, voided or cancelled on the other
	RefundMissingAfterpay Class = "refund_missing_afterpay" // a refund that only the shop has
	RefundMissingMerchant Class = "refund_missing_merchant" // a refund that only Afterpay has
	OverRefund            Class = "over_refund"             // more refunded than captured
	AuthExpiring          Class = "auth_expiring"           // open money that is about to be voided
	AuthExpired           Class = "auth_expired"            // voided, and the shop still waits to capture
	DisputeOpen           Class = "dispute_open"            // a dispute that is not decided
	DisputeLost           Class = "dispute_lost"            // a dispute decided against the merchant
	DisputeUnmatched      Class = "dispute_unmatched"       // a dispute without a currency, whose payment was not read
)

// The classes that [Settlement] finds between Afterpay and its settlement
// reports.
const (
	Unsettled            Class = "unsettled"              // captured or refunded, not in the reports
	UnknownSettlementRow Class = "unknown_settlement_row" // settled, but no such payment or refund
	FeeMismatch          Class = "fee_mismatch"           // a fee other than the agreed rates give
	DisputeFee           Class = "dispute_fee"            // a fee charged for a dispute
)

// The classes that [Bank] finds between settlement reports and a bank statement.
const (
	DepositMissing Class = "deposit_missing" // settled, and not received by the bank
	UnknownDeposit Class = "unknown_deposit" // a line of the statement without a settlement
)

// The classes that several comparisons find.
const (
	AmountMismatch       Class = "amount_mismatch"        // captured amounts differ
	CurrencyMismatch     Class = "currency_mismatch"      // currencies differ; amounts were not compared
	RefundAmountMismatch Class = "refund_amount_mismatch" // amounts of one refund differ
	UnreadableRow        Class = "unreadable_row"         // a row that cannot be read or compared, and was left out
	DuplicateRow         Class = "duplicate_row"          // one side has the same record twice
	DayBoundary          Class = "day_boundary"           // agreed, but on two days of the calendar
	WindowEdge           Class = "window_edge"            // no partner, which may lie outside what was read
)

// Severity says how much a finding matters. The values are ordered.
type Severity uint8

// The severities, least first.
const (
	Info   Severity = iota // for completeness; nothing to do
	Low                    // small amounts
	Warn                   // act before it becomes a loss
	Review                 // a person must decide
	Medium                 // money is late or unexplained
	High                   // money is missing, or taken without reason
	Severe                 // the data contradicts itself; comparisons built on it cannot be trusted
)

var severityNames = [...]string{
	Info: "info", Low: "low", Warn: "warn", Review: "review", Medium: "medium", High: "high", Severe: "error",
}

// String returns the stable name: "info", "low", "warn", "review", "medium",
// "high" or "error".
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// MarshalText returns what String returns. It never fails.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severityNames {
		if name == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return safe.Kindf(ErrOptions, "reconcile: %.16q is not a severity", text)
}

// Finding is one difference, or one thing to watch.
type Finding struct {
	Class    Class
	Severity Severity
	// Kind is the kind of the records concerned.
	Kind Kind
	// Key is what the records were grouped by: the merchant reference or, if
	// there is none, the Afterpay id.
	Key string
	// Left and Right are the records of the two sides, nil if a side has none. If
	// several settlement rows stand for one payment, Right is the first of them
	// with their total amount. Instants are in [Options.Location].
	Left, Right *Record
	// LeftDay and RightDay are their calendar days in [Options.Location].
	LeftDay, RightDay settlement.Date
	// Effect is the finding's part of the difference between the two sides'
	// totals. It is zero for a finding that explains no difference.
	Effect Effect
	// Text describes the finding in a sentence.
	Text string
}

// Effect is the part of Σ left − Σ right that a finding explains: Left is the part
// of the left total without an equal partner, Right that of the right total. Both
// are Money{} if the finding explains nothing.
type Effect struct {
	Left, Right afterpay.Money
}

// Difference returns Left − Right. It reports false if the two are in different
// currencies.
func (e Effect) Difference() (afterpay.Money, bool) {
	difference, err := e.Left.Sub(e.Right)
	return difference, err == nil
}

// Kinds of error, for [errors.Is]. Errors of the sources themselves are passed on
// as they are.
const (
	// ErrOptions says that [Options] contradict themselves, or that the
	// findings of a run were read twice.
	ErrOptions afterpay.Kind = "reconcile options"
	// ErrOrder says that a source declared as sorted by Key is not.
	ErrOrder afterpay.Kind = "records out of order"
	// ErrGroup says that more records share a key than [Options.MaxGroup]. A key
	// that so many share identifies nothing. Sort by another key.
	ErrGroup afterpay.Kind = "too many records under one key"
	// ErrRecord says that a record cannot be compared: it has no key at all,
	// no currency for its amount, an amount beyond 90 trillion, or a kind that
	// does not belong on its side.
	ErrRecord afterpay.Kind = "unusable record"
	// ErrDisk says that temporary files would need more than
	// [SortOptions.MaxDisk].
	ErrDisk afterpay.Kind = "too little disk for sorting"
	// ErrRow says that a row of a source cannot be read. See [RowError].
	ErrRow afterpay.Kind = "unreadable row"
	// ErrColumn says that a file or query lacks a needed column, or that its header
	// cannot be read.
	ErrColumn afterpay.Kind = "unreadable column"
)

// Error is a fault of a record. Its text names the position and not the key, which
// may be a checkout token.
type Error struct {
	// Side is "left" or "right", and "" in [Sort].
	Side string
	// Number counts the records of that side from 1.
	Number int64
	// File and Line are those of the [Record].
	File string
	Line int
	// Key is the key at fault.
	Key string
	// Kind is the kind of fault.
	Kind afterpay.Kind
	// Reason gives details; it may be empty.
	Reason string
}

// Error returns the place and the fault.
func (e *Error) Error() string {
	text := "reconcile: "
	if e.Side != "" {
		text += e.Side + " side, "
	}
	text += fmt.Sprintf("record %d", e.Number)
	if place := placeOf(e.File, e.Line); place != "" {
		text += " (" + place + ")"
	}
	text += ": " + string(e.Kind)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Is reports whether target is the kind of e.
func (e *Error) Is(target error) bool {
	kind, ok := target.(afterpay.Kind)
	return ok && kind == e.Kind
}

// kindError is an error with a text of its own and a kind for [errors.Is].
type kindError struct {
	kind afterpay.Kind
	text string
}

func (e *kindError) Error() string { return e.text }
func (e *kindError) Unwrap() error { return e.kind }
