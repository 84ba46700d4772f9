package settlement

import (
	"time"

	"github.com/afterpay-go/afterpay"
)

// Type says what a row settles. The set is open: a value other than the two
// documented ones is kept as it stands in the file.
type Type string

// The documented types.
const (
	TypeOrder  Type = "Order"
	TypeRefund Type = "Refund"
)

// Row is one settled order or refund, as it stands in a settlement report.
//
// Amounts are in Currency, exact, and carry the file's signs: a refund is
// negative. The fields hold what the columns of the same name hold; a cell
// that is blank, or a column that the layout lacks, leaves the zero value.
type Row struct {
	// Line is the line of the file on which the row begins; the header is on
	// line 1.
	Line int
	// SettlementDate is the day of the settlement to the bank. It is never
	// zero.
	SettlementDate Date
	// Type is Order or Refund, in this spelling whatever the file's. A file
	// without the column leaves it to the other cells: a refund id makes a
	// Refund, otherwise a positive amount an Order; else it is "".
	Type Type
	// Currency is the currency of the settlement: Options.Currency or, in a
	// partner file, the presentment currency of a row that was not converted.
	Currency afterpay.Currency

	// AfterpayOrderID is the id of the payment. It is never empty.
	AfterpayOrderID string
	// MerchantOrderID is the payment's merchant reference.
	MerchantOrderID string
	// AfterpayRefundID is the refund's id at Afterpay.
	AfterpayRefundID string `json:",omitempty"`
	// MerchantRefundID is the refund's reference given by the merchant.
	MerchantRefundID string `json:",omitempty"`
	// PaymentEventID is the reference a merchant gave to a capture. The column
	// exists only where captures carry one.
	PaymentEventID string `json:",omitempty"`

	// OrderDate is the day of the order on the report's own calendar, and
	// OrderedAt the instant, in Options.Location. Without a location the
	// instant is zero. A time that the end of summer time repeats is resolved
	// as by [time.Date].
	OrderDate Date      `json:",omitzero"`
	OrderedAt time.Time `json:",omitzero"`
	// RefundDate and RefundedAt are the same for a refund.
	RefundDate Date      `json:",omitzero"`
	RefundedAt time.Time `json:",omitzero"`

	// OrderAmount is the amount of the order. SettlementAmount is the part of
	// it that this row settles, less than OrderAmount after a partial capture.
	OrderAmount      Decimal
	SettlementAmount Decimal
	// MerchantFeeExclTax, MerchantFeeTax and MerchantFeeInclTax are what
	// Afterpay keeps. The Hub rounds each for display, so the first two need
	// not add up to the third. Where the file has no column for the third, it
	// is the sum of the others or SettlementAmount less NetSettlementAmount.
	MerchantFeeExclTax Decimal
	MerchantFeeTax     Decimal
	MerchantFeeInclTax Decimal
	// NetSettlementAmount is what the row adds to the deposit. Where the file
	// has no such column, it is SettlementAmount less MerchantFeeInclTax;
	// where it cannot be computed either, it is 0 and NetUnknown is set.
	NetSettlementAmount Decimal
	NetUnknown          bool `json:",omitempty"`

	// Channel, the store, the device and the terminal say where the order was
	// made; most are blank for orders online.
	Channel            string `json:",omitempty"`
	StoreName          string `json:",omitempty"`
	StoreID            string `json:",omitempty"`
	DeviceName         string `json:",omitempty"`
	DeviceID           string `json:",omitempty"`
	AcquirerTerminalID string `json:",omitempty"`
	// ConsumerCountry is an ISO 3166-1 alpha-2 code.
	ConsumerCountry string `json:",omitempty"`

	// Partner holds the columns that only the partner file has.
	Partner Partner `json:",omitzero"`

	// Extra holds the cells of columns this package does not know, by header.
	// It is nil where the file has none.
	Extra map[string]string `json:",omitempty"`
}

// Partner is what the partner file says of a row beyond the Hub's export.
// CBT is cross-border trade: the consumer pays in another currency than the
// one the merchant is settled in.
type Partner struct {
	// PresentmentAmount is the order in the consumer's PresentmentCurrency.
	PresentmentAmount   Decimal
	PresentmentCurrency afterpay.Currency
	// SettlementExchangeRate turns it into the settlement currency. It is the
	// file's text, as rates may have more decimals than amounts, and 1 or ""
	// unless the order was cross-border.
	SettlementExchangeRate string
	// VariableRate is a share of the settlement amount, FixedRate an amount;
	// together they make FeeAmount. CBTRate makes CBTFeeAmount alike.
	VariableRate Decimal
	FixedRate    Decimal
	FeeAmount    Decimal
	CBTRate      Decimal
	CBTFeeAmount Decimal
}

// DateLayout is the order of day, month and year in the dates of a report.
type DateLayout uint8

const (
	// DetectLayout lets the file decide: see [Read].
	DetectLayout DateLayout = iota
	// DayFirst reads 11/08/2026 as 11 August.
	DayFirst
	// MonthFirst reads 11/08/2026 as 8 November, as in the United States.
	MonthFirst
	// YearFirst reads 2026-08-11, as in ISO 8601.
	YearFirst
)

// String returns the layout in words.
func (l DateLayout) String() string {
	switch l {
	case DetectLayout:
		return "undecided"
	case DayFirst:
		return "day first"
	case MonthFirst:
		return "month first"
	case YearFirst:
		return "year first"
	}
	return "unknown layout"
}

// Options tell what a settlement report leaves out.
type Options struct {
	// Location is the zone of the times in the report, usually that of the
	// merchant's Business Hub. Without it rows have dates but no instants.
	Location *time.Location
	// DateLayout is the order of day and month. The zero value takes what the
	// file's own dates decide, and fails on a file that does not.
	DateLayout DateLayout
	// TimeLayout is the same for the columns of date and time, for files whose
	// two kinds of dates differ: the Hub documents dd/MM for times, while
	// settlement dates in exports from the United States are MM/dd. The zero
	// value means DateLayout.
	TimeLayout DateLayout
	// Currency is the currency of the settlement. The Hub's export needs it. A
	// partner file needs it only for cross-border orders, and otherwise has it
	// checked.
	Currency afterpay.Currency
}
