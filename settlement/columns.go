package settlement

import (
	"fmt"
	"strings"
)

// column is a column that Afterpay documents for one of its layouts.
type column uint8

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

	// The partner file's own.
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

// columnNames are the headers as documented. They are matched without regard
// to case and spacing.
var columnNames = [numColumns]string{
	colSettlementDate:   "Settlement Date",
	colOrderTime:        "Order Date and Time",
	colOrderMonth:       "Order Month",
	colOrderYear:        "Order Year",
	colAfterpayOrderID:  "Afterpay Order ID",
	colMerchantOrderID:  "Merchant Order ID",
	colMerchantRefundID: "Merchant Refund ID",
	colOrderAmount:      "Order Amount",
	colSettlementAmount: "Settlement Amount",
	colFeeExclTax:       "Merchant Fee excl Tax",
	colFeeTax:           "Merchant Fee Tax",
	colFeeInclTax:       "Merchant Fee incl Tax",
	colNet:              "Net Settlement Amount",
	colType:             "Type",
	colChannel:          "Channel",
	colStoreName:        "Store Name",
	colStoreID:          "Store Id",
	colDeviceName:       "Device Name",
	colDeviceID:         "Device Id",
	colAfterpayRefundID: "Afterpay Refund ID",
	colRefundTime:       "Refund Date and Time",
	colTerminalID:       "Acquirer Terminal ID",
	colConsumerCountry:  "Consumer Country",
	colPaymentEventID:   "Payment Event ID",

	colPresentmentAmount:   "Presentment Amount",
	colPresentmentCurrency: "Presentment Currency",
	colExchangeRate:        "Settlement Exchange Rate",
	colVariableRate:        "Variable Rate",
	colFixedRate:           "Fixed Rate",
	colFeeAmount:           "Fee Amount",
	colCBTRate:             "CBT Rate",
	colCBTFeeAmount:        "CBT Fee Amount",
}

// requiredColumns are those without which a row says nothing: which payment,
// when, and how much.
var requiredColumns = [...]column{colSettlementDate, colAfterpayOrderID, colSettlementAmount}

// header is the first row of a report: where each column stands in it.
type header struct {
	width    int
	position [numColumns]int // -1 where the file lacks the column
	unknown  []unknownColumn
}

type unknownColumn struct {
	name     string
	position int
}

// readHeader finds the columns in the first row of a file. Columns without a
// name, which spreadsheets leave behind, are passed over.
func readHeader(cells []string) (*header, error) {
	h := &header{width: len(cells)}
	for c := range h.position {
		h.position[c] = -1
	}
	seen := make(map[string]bool, len(cells))
	for i, cell := range cells {
		name := normalizedName(cell)
		if name == "" {
			continue
		}
		if seen[name] {
			return nil, fmt.Errorf("two columns are named %.64q", cleaned(cell))
		}
		seen[name] = true
		if c, known := columnNamed(name); known {
			h.position[c] = i
		} else {
			h.unknown = append(h.unknown, unknownColumn{strings.Clone(cleaned(cell)), i})
		}
	}
	for _, c := range requiredColumns {
		if !h.has(c) {
			return nil, fmt.Errorf("no column is named %q", columnNames[c])
		}
	}
	return h, nil
}

func (h *header) has(c column) bool { return h.position[c] >= 0 }

// text returns the cell of a column, cleaned; "" where the file lacks it.
func (h *header) text(cells []string, c column) string {
	i := h.position[c]
	if i < 0 || i >= len(cells) {
		return ""
	}
	return cleaned(cells[i])
}

func columnNamed(normalized string) (column, bool) {
	for c, name := range columnNames {
		if normalizedName(name) == normalized {
			return column(c), true
		}
	}
	return 0, false
}

func normalizedName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(cleaned(name)), " "))
}
