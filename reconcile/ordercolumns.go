package reconcile

import (
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// OrderOptions say how a table of the shop's orders is read, from a CSV file or
// from the rows of a query. The zero value reads the columns of [DefaultColumns].
type OrderOptions struct {
	// Columns names the columns. An empty name means the default name, and a
	// column of that name is optional. A name given here must be in the table.
	// "-" means that the column is not read.
	Columns Columns
	// Amounts is the meaning of the amount column of orders. By default it is
	// the captured amount.
	Amounts AmountMeaning
	// Currency is the currency of amounts without a currency of their own.
	Currency afterpay.Currency
	// MinorUnits says that amounts are whole hundredths: 5000 for 50.00.
	MinorUnits bool
	// Location is the zone of times that name none. Nil means UTC.
	Location *time.Location
	// DateLayout is the order of day and month in dates such as 11/12/2026,
	// which are refused without it. Dates such as 2026-12-11 and 11 Dec 2026
	// have one meaning.
	DateLayout settlement.DateLayout
	// DecimalSeparator is '.' or ','. 0 reads every amount that has one meaning,
	// and refuses 1,250, which may be a thousand or one and a fraction.
	DecimalSeparator rune
	// States gives the shop's words for the states of an order, in any case.
	// They are added to pending, authorized, captured, paid, refunded,
	// declined, failed, cancelled, voided and expired. Any other word is an
	// error.
	States map[string]State
	// Delimiter separates the cells of a CSV file. 0 finds it in the header:
	// comma, semicolon or tab.
	Delimiter rune
}

// AmountMeaning says what the amount column of a table of orders holds.
//
// Under either meaning, an order whose state holds no money (pending, declined,
// failed, cancelled, voided, expired) has no amount, unless money was refunded on
// it: then it was captured, and the amount counts.
type AmountMeaning uint8

// The meanings.
const (
	// AmountCaptured is the amount captured so far.
	AmountCaptured AmountMeaning = iota
	// AmountTotal is the order's total: authorized if the order is authorized,
	// captured if it is paid, less what was voided and what is still open.
	AmountTotal
)

// Columns are the names of the columns in a table of orders. Case does not
// matter.
//
// A row is an order, or a refund if Kind says "refund" or, without that column,
// if one of the refund's own columns is filled. A row needs one of ID, Token
// and Reference.
type Columns struct {
	Kind            string // "order", "payment" or "refund"
	Status          string // the state of the order
	ID              string // Afterpay's order id
	Token           string // the checkout token
	Reference       string // the merchant reference, usually the order number
	RefundID        string // Afterpay's refund id
	RequestID       string // the request id of the refund
	RefundReference string // the merchant reference of the refund
	At              string // when the order was paid for, or the refund made
	Currency        string
	Amount          string // of an order, see OrderOptions.Amounts, or of a refund
	Authorized      string
	Voided          string
	Open            string // what the shop still intends to capture
	// Refunded is the total refunded on an order, for shops that do not keep
	// single refunds. RefundedAt is its time, by default the order's.
	Refunded   string
	RefundedAt string
}

// DefaultColumns returns the names used where [OrderOptions.Columns] has none.
func DefaultColumns() Columns {
	return Columns{
		Kind: "kind", Status: "status", ID: "afterpay_id", Token: "token", Reference: "reference",
		RefundID: "refund_id", RequestID: "request_id", RefundReference: "refund_reference", At: "paid_at",
		Currency: "currency", Amount: "amount", Authorized: "authorized", Voided: "voided", Open: "open",
		Refunded: "refunded", RefundedAt: "refunded_at",
	}
}

// column numbers the fields of Columns.
type column = int

const (
	colKind column = iota
	colStatus
	colID
	colToken
	colReference
	colRefundID
	colRequestID
	colRefundReference
	colAt
	colCurrency
	colAmount
	colAuthorized
	colVoided
	colOpen
	colRefunded
	colRefundedAt
	columnCount
)

var columnFields = [columnCount]string{
	"Kind", "Status", "ID", "Token", "Reference", "RefundID", "RequestID", "RefundReference", "At",
	"Currency", "Amount", "Authorized", "Voided", "Open", "Refunded", "RefundedAt",
}

func (c Columns) names() [columnCount]string {
	return [...]string{
		c.Kind, c.Status, c.ID, c.Token, c.Reference, c.RefundID, c.RequestID, c.RefundReference, c.At,
		c.Currency, c.Amount, c.Authorized, c.Voided, c.Open, c.Refunded, c.RefundedAt,
	}
}

var defaultStates = map[string]State{
	"": StateUnknown, "pending": StatePending, "authorized": StateAuthorized, "authorised": StateAuthorized,
	"captured": StateCaptured, "paid": StateCaptured, "refunded": StateCaptured, "declined": StateDeclined,
	"failed": StateDeclined, "cancelled": StateCancelled, "canceled": StateCancelled, "voided": StateVoided,
	"expired": StateExpired,
}
