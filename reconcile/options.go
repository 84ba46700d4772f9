package reconcile

import (
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/settlement"
)

// The defaults of [Options].
const (
	DefaultGrace          = time.Hour
	DefaultEdgeMargin     = 3 * time.Hour
	DefaultExpiryHorizon  = 72 * time.Hour
	DefaultSettlementDays = 2
	DefaultFeeTolerance   = afterpay.Amount(1)
	DefaultBankDays       = 3
	DefaultBankTolerance  = afterpay.Amount(1)
	DefaultWatchLimit     = 1000
	DefaultMaxGroup       = 1000
	DefaultMaxUnreadable  = 100
)

// Options say how two sides are compared. The zero value is ready to use: it
// takes records in any order, tolerates no difference, and writes days in UTC.
//
// In the durations and counts, 0 means the default and a negative value means
// none.
type Options struct {
	// Now is the time of the run. The zero value is the time at which it begins.
	Now time.Time
	// Location is the zone of days in reports, usually the merchant's. Nil means
	// UTC.
	Location *time.Location

	// LeftWindow and RightWindow are the times that the two sides were read for.
	// A record without a partner is missing only if the partner would surely be
	// in the other side's window; otherwise it is a [WindowEdge]. The zero Window
	// is all time.
	LeftWindow, RightWindow Window
	// EdgeMargin is the largest difference, near the edge of a window, between
	// the dates that two sides give the same event. The default, 3 h, is the
	// life of a checkout: a payment is listed by the time its checkout was
	// made.
	EdgeMargin time.Duration
	// Grace is how long a payment or refund may be missing at Afterpay before that
	// matters, because listings lag behind. Default 1 h.
	Grace time.Duration
	// Tolerance is the difference, in hundredths, up to which captures and
	// refunds count as equal. Default 0. Tolerated differences are added up in
	// [Total.Tolerated].
	Tolerance afterpay.Amount

	// ExpiryHorizon is how long before its expiry an open authorization is
	// reported. Default 72 h, so that Friday's run covers the weekend.
	ExpiryHorizon time.Duration
	// SettlementDays is the number of business days after which a capture or
	// refund should have been settled. Default 2.
	SettlementDays int
	// Holidays reports whether a day is a bank holiday. Saturdays and Sundays
	// never are business days. Nil means no holidays.
	Holidays func(settlement.Date) bool
	// Fees is the agreed price. Nil compares stated fees with the rates in the
	// rows, if there are any.
	Fees FeeSchedule
	// FeeTolerance is the total difference allowed in the fees of one settlement
	// day, in hundredths. Default 1.
	FeeTolerance afterpay.Amount

	// BankDays is the number of business days after the settlement date within
	// which the bank books a deposit. Default 3.
	BankDays int
	// BankTolerance is the difference between a deposit and a line of the bank
	// statement, in hundredths, up to which they count as equal. Default 1, for
	// rounding.
	BankTolerance afterpay.Amount

	// WatchLimit is how many of the most urgent entries [Summary.Watch] keeps.
	// Default 1000.
	WatchLimit int
	// MaxUnreadable is how many rows that cannot be read or compared are reported
	// as [UnreadableRow] and left out. One more ends the run with its error.
	// Default 100.
	MaxUnreadable int
	// MaxGroup is the number of records that one key may have. More are
	// [ErrGroup]. [Bank] has no such limit. Default 1000.
	MaxGroup int

	// Presorted says that both sides are in the order of Record.Key already,
	// as [Sort] leaves them, and that both sides use the same key. The run then
	// sorts nothing, writes nothing to disk, and checks the order as it reads.
	// See the package comment for the limits of this.
	Presorted bool
	// Sort limits the memory and the disk used otherwise.
	Sort SortOptions
}

// Window is a span of time that includes From and excludes To. A zero From or To is
// open.
type Window struct {
	From, To time.Time
}

// normal fills in the defaults.
func (o Options) normal() (Options, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	o.Grace = setting(o.Grace, DefaultGrace)
	o.EdgeMargin = setting(o.EdgeMargin, DefaultEdgeMargin)
	o.ExpiryHorizon = setting(o.ExpiryHorizon, DefaultExpiryHorizon)
	o.SettlementDays = setting(o.SettlementDays, DefaultSettlementDays)
	o.FeeTolerance = setting(o.FeeTolerance, DefaultFeeTolerance)
	o.BankDays = setting(o.BankDays, DefaultBankDays)
	o.BankTolerance = setting(o.BankTolerance, DefaultBankTolerance)
	o.WatchLimit = setting(o.WatchLimit, DefaultWatchLimit)
	o.MaxUnreadable = setting(o.MaxUnreadable, DefaultMaxUnreadable)
	o.MaxGroup = setting(o.MaxGroup, DefaultMaxGroup)
	if o.MaxGroup < 2 {
		return o, safe.Kindf(ErrOptions, "reconcile: MaxGroup must be at least 2")
	}
	if o.Tolerance < 0 {
		return o, safe.Kindf(ErrOptions, "reconcile: Tolerance must not be negative")
	}
	for _, w := range []Window{o.LeftWindow, o.RightWindow} {
		if !w.From.IsZero() && !w.To.IsZero() && !w.From.Before(w.To) {
			return o, safe.Kindf(ErrOptions, "reconcile: a window ends before it begins")
		}
	}
	return o, nil
}

// setting returns v, or the default for 0, or 0 for a negative v.
func setting[T ~int | ~int64](v, normal T) T {
	if v == 0 {
		return normal
	}
	return max(v, 0)
}
