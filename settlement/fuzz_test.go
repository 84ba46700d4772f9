package settlement

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// FuzzRead reads anything in any layout. Whatever the file, reading ends, every
// error is an *Error with a place and a kind, and a row that was read gives the
// same row when it is written down and read again.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.csv")
	require.NoError(f, err)
	for i, path := range paths {
		report, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(report, byte(DetectLayout), byte(DetectLayout), "AUD")
		f.Add(report, byte(i%4), byte(i%3), []string{"USD", "GBP", ""}[i%3])
	}
	f.Fuzz(func(t *testing.T, report []byte, dates, times byte, currency string) {
		opts := Options{
			Location: time.UTC, Currency: afterpay.Currency(currency),
			DateLayout: DateLayout(dates), TimeLayout: DateLayout(times),
		}
		for row, err := range Read(bytes.NewReader(report), opts) {
			if err != nil {
				fault, ok := errors.AsType[*Error](err)
				require.True(t, ok)
				require.NotEmpty(t, fault.Kind)
				require.True(t, fault.Row > 0 || fault.Kind == ErrOptions)
				require.LessOrEqual(t, len(fault.Value), 32)
				require.Zero(t, row)
				continue
			}
			require.True(t, row.SettlementDate.exists())
			require.NotEmpty(t, row.AfterpayOrderID)
			require.True(t, isCurrencyCode(string(row.Currency)))
			if !strings.ContainsRune(strings.Join(textCells(row), ""), '\r') { // CSV does not keep \r\n apart from \n
				requireSameWhenWritten(t, row)
			}
		}
		for payout, err := range Payouts(Read(bytes.NewReader(report), opts)) {
			require.True(t, err != nil || payout.Orders+payout.Refunds+payout.Others > 0)
		}
	})
}

// requireSameWhenWritten writes a row as a report of its own and reads that.
func requireSameWhenWritten(t *testing.T, row Row) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	require.NoError(t, w.Write(columnNames[:]))
	require.NoError(t, w.Write(textCells(row)))
	w.Flush()

	rows, errs := read(b.String(), Options{Location: time.UTC, Currency: row.Currency})
	require.Empty(t, errs, b.String())
	require.Len(t, rows, 1)
	want, got := row, rows[0]
	want.Line, got.Line = 0, 0
	want.Extra = nil
	want.NetUnknown = false // written as 0.00
	require.Equal(t, want, got)
}

// textCells writes a row in the order of columnNames.
func textCells(row Row) []string {
	partner := row.Partner
	cells := [numColumns]string{
		colSettlementDate:   row.SettlementDate.String(),
		colOrderTime:        textTime(row.OrderedAt),
		colAfterpayOrderID:  row.AfterpayOrderID,
		colMerchantOrderID:  row.MerchantOrderID,
		colMerchantRefundID: row.MerchantRefundID,
		colOrderAmount:      row.OrderAmount.String(),
		colSettlementAmount: row.SettlementAmount.String(),
		colFeeExclTax:       row.MerchantFeeExclTax.String(),
		colFeeTax:           row.MerchantFeeTax.String(),
		colFeeInclTax:       row.MerchantFeeInclTax.String(),
		colNet:              row.NetSettlementAmount.String(),
		colType:             string(row.Type),
		colChannel:          row.Channel,
		colStoreName:        row.StoreName,
		colStoreID:          row.StoreID,
		colDeviceName:       row.DeviceName,
		colDeviceID:         row.DeviceID,
		colAfterpayRefundID: row.AfterpayRefundID,
		colRefundTime:       textTime(row.RefundedAt),
		colTerminalID:       row.AcquirerTerminalID,
		colConsumerCountry:  row.ConsumerCountry,
		colPaymentEventID:   row.PaymentEventID,

		colPresentmentAmount:   partner.PresentmentAmount.String(),
		colPresentmentCurrency: string(partner.PresentmentCurrency),
		colExchangeRate:        partner.SettlementExchangeRate,
		colVariableRate:        partner.VariableRate.String(),
		colFixedRate:           partner.FixedRate.String(),
		colFeeAmount:           partner.FeeAmount.String(),
		colCBTRate:             partner.CBTRate.String(),
		colCBTFeeAmount:        partner.CBTFeeAmount.String(),
	}
	return cells[:]
}

func textTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}
