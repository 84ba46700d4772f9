package settlement

import (
	"time"

	"github.com/afterpay-go/afterpay"
)

// Type says what a row settles. A word that neither this package nor
// [Options.Types] knows is kept as it is in the file.
type Type string

// The types that are known. Afterpay documents Order and Refund. The others
// have been seen in reports, as rows with or without an order.
const (
	TypeOrder  Type = "Order"
	TypeRefund Type = "Refund"
	// TypeDispute deducts the amount of a dispute. The file may say Chargeback.
	TypeDispute Type = "Dispute"
	// TypeDisputeReversal pays the amount of a dispute back. The file may say
	// Chargeback Reversal.
	TypeDisputeReversal Type = "Dispute Reversal"
	// TypeChargebackFee is the fee for a dispute. The file may say Dispute Fee.
	TypeChargebackFee Type = "Chargeback Fee"
	TypeAdjustment    Type = "Adjustment"
	TypeMonthlyFee    Type = "Monthly fee"
)

// knownTypes are the types by the word in the file, in lower case.
var knownTypes = map[string]Type{
	"order": TypeOrder, "refund": TypeRefund, "dispute": TypeDispute, "chargeback": TypeDispute,
	"dispute reversal": TypeDisputeReversal, "chargeback reversal": TypeDisputeReversal,
	"dispute fee": TypeChargebackFee, "chargeback fee": TypeChargebackFee,
	"adjustment": TypeAdjustment, "monthly fee": TypeMonthlyFee,
}

// Row is one row of a settlement report: an order, a refund, or a row of
// another type, such as an adjustment.
//
// Amounts are exact, in Currency, and have the signs of the file: a refund is
// negative. The fields hold what the columns of the same name hold. A blank cell
// or a missing column leaves the zero value.
type Row struct {
	// Line and LastLine are the first and the last line of the row in the file.
	// They differ only if a cell has line breaks. The header is on line 1.
	Line     int
	LastLine int
	// SettlementDate is the day of the settlement to the bank. It is never zero.
	SettlementDate Date
	// Type is what the row settles, in the spelling of the constants. In a file
	// without the column, a row with a refund id is a Refund, another row with a
	// positive amount an Order, and the rest have "".
	Type Type
	// Currency is the currency of the settlement: Options.Currency or, in a
	// partner file, the presentment currency of a row that was not converted.
	Currency afterpay.Currency

	// AfterpayOrderID is the id of the payment. With MerchantOrderID and
	// DisputeID it also joins the rows of a dispute to the dispute. It is empty
	// in rows without an order, such as a monthly fee.
	AfterpayOrderID string
	// MerchantOrderID is the payment's merchant reference.
	MerchantOrderID string
	// AfterpayRefundID is the refund's id at Afterpay.
	AfterpayRefundID string `json:",omitempty"`
	// MerchantRefundID is the merchant's reference of the refund.
	MerchantRefundID string `json:",omitempty"`
	// DisputeID is the id of the dispute. The column is not documented; name it
	// in Options.Columns if your files have one.
	DisputeID string `json:",omitempty"`
	// PaymentEventID is the reference that a merchant gave to a capture. Files
	// have the column only if captures have references.
	PaymentEventID string `json:",omitempty"`

	// OrderDate is the day of the order as the report has it, and OrderedAt the
	// instant, in Options.Location or the offset in the cell. Without either, or
	// without a time of day, the instant is zero. A local time that occurs twice
	// at the end of summer time is resolved as by [time.Date].
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
	// not add up to the third. If the file does not have the third, it is the
	// total of the others, or SettlementAmount less NetSettlementAmount.
	MerchantFeeExclTax Decimal
	MerchantFeeTax     Decimal
	MerchantFeeInclTax Decimal
	// NetSettlementAmount is what the row adds to the deposit. If the file does
	// not have it, it is SettlementAmount less MerchantFeeInclTax. If that cannot
	// be calculated, it is 0 and NetUnknown is set.
	NetSettlementAmount Decimal
	NetUnknown          bool `json:",omitempty"`

	// Channel, the store, the device and the terminal say where the order was
	// made. Most are blank for online orders.
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

	// Extra holds the cells of columns that this package does not know, by their
	// names. It is nil if the file has none.
	Extra map[string]string `json:",omitempty"`
}

// Partner holds what the partner file says beyond the Hub's export. CBT is
// cross-border trade: the consumer pays in another currency than the one that
// the merchant is settled in.
type Partner struct {
	// PresentmentAmount is the amount of the order in PresentmentCurrency, the
	// consumer's currency.
	PresentmentAmount   Decimal
	PresentmentCurrency afterpay.Currency
	// SettlementExchangeRate converts PresentmentAmount to the settlement
	// currency. It is the text in the file, because rates may have more decimals
	// than amounts. It is 1 or "" unless the order was cross-border.
	SettlementExchangeRate string
	// FeeAmount is the settlement amount times VariableRate, plus FixedRate.
	// CBTFeeAmount is the settlement amount times CBTRate.
	VariableRate Decimal
	FixedRate    Decimal
	FeeAmount    Decimal
	CBTRate      Decimal
	CBTFeeAmount Decimal
}

// column is a column of a report.
type column int

const (
	colSettlementDate column = iota
	colOrderTime
	colOrderMonth
	colOrderYear
	colAfterpayOrderID
	colMerchantOrderID
	colMerchantRefundID
	colOrderAmount
	colSettlementAmount
	colFeeExclTax
	colFeeTax
	colFeeInclTax
	colNet
	colType
	colChannel
	colStoreName
	colStoreID
	colDeviceName
	colDeviceID
	colAfterpayRefundID
	colRefundTime
	colTerminalID
	colConsumerCountry
	colPaymentEventID
	colDisputeID
	colISOSettlementDate
	colISOOrderTime
	colISORefundTime

	// Columns of the partner file.
	colPresentmentAmount
	colPresentmentCurrency
	colExchangeRate
	colVariableRate
	colFixedRate
	colFeeAmount
	colCBTRate
	colCBTFeeAmount

	numColumns
)

// columnNames are the names as documented.
var columnNames = [numColumns]string{
	colSettlementDate:    "Settlement Date",
	colOrderTime:         "Order Date and Time",
	colOrderMonth:        "Order Month",
	colOrderYear:         "Order Year",
	colAfterpayOrderID:   "Afterpay Order ID",
	colMerchantOrderID:   "Merchant Order ID",
	colMerchantRefundID:  "Merchant Refund ID",
	colOrderAmount:       "Order Amount",
	colSettlementAmount:  "Settlement Amount",
	colFeeExclTax:        "Merchant Fee excl Tax",
	colFeeTax:            "Merchant Fee Tax",
	colFeeInclTax:        "Merchant Fee incl Tax",
	colNet:               "Net Settlement Amount",
	colType:              "Type",
	colChannel:           "Channel",
	colStoreName:         "Store Name",
	colStoreID:           "Store Id",
	colDeviceName:        "Device Name",
	colDeviceID:          "Device Id",
	colAfterpayRefundID:  "Afterpay Refund ID",
	colRefundTime:        "Refund Date and Time",
	colTerminalID:        "Acquirer Terminal ID",
	colConsumerCountry:   "Consumer Country",
	colPaymentEventID:    "Payment Event ID",
	colDisputeID:         "Dispute ID",
	colISOSettlementDate: "ISO Settlement Date",
	colISOOrderTime:      "ISO Order Date and Time",
	colISORefundTime:     "ISO Refund Date and Time",

	colPresentmentAmount:   "Presentment Amount",
	colPresentmentCurrency: "Presentment Currency",
	colExchangeRate:        "Settlement Exchange Rate",
	colVariableRate:        "Variable Rate",
	colFixedRate:           "Fixed Rate",
	colFeeAmount:           "Fee Amount",
	colCBTRate:             "CBT Rate",
	colCBTFeeAmount:        "CBT Fee Amount",
}

// requiredColumns are the columns without which a row means nothing.
var requiredColumns = [...]column{colSettlementDate, colAfterpayOrderID, colSettlementAmount}

// isoColumns are the columns that hold the dates of others in ISO 8601.
var isoColumns = map[column]column{
	colSettlementDate: colISOSettlementDate, colOrderTime: colISOOrderTime, colRefundTime: colISORefundTime,
}
