package settlement

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

type goldenCase struct {
	name string // of testdata/<name>.golden
	file string // of testdata/<file>.csv; "" means name
	opts Options
}

func goldenCases(t *testing.T) []goldenCase {
	melbourne, newYork := zone(t, "Australia/Melbourne"), zone(t, "America/New_York")
	aud := Options{Currency: afterpay.CurrencyAUD}
	usd := Options{Currency: afterpay.CurrencyUSD}
	gbp := Options{Currency: afterpay.CurrencyGBP}
	return []goldenCase{
		{name: "hub_day_first", opts: Options{Location: melbourne, Currency: afterpay.CurrencyAUD}},
		{name: "hub_month_first", opts: Options{Location: newYork, Currency: afterpay.CurrencyUSD}},
		{name: "hub_mixed_orders", opts: Options{Location: newYork, Currency: afterpay.CurrencyUSD}},
		{name: "hub_mixed_orders_one_layout_given", file: "hub_mixed_orders",
			opts: Options{DateLayout: MonthFirst, Currency: afterpay.CurrencyUSD}},
		{name: "hub_mixed_orders_both_layouts_given", file: "hub_mixed_orders",
			opts: Options{DateLayout: MonthFirst, TimeLayout: DayFirst, Currency: afterpay.CurrencyUSD}},
		{name: "hub_older_columns", opts: aud},
		{name: "hub_without_currency", file: "hub_day_first"},
		{name: "partner_month_first", opts: Options{Location: newYork, Currency: afterpay.CurrencyUSD}},
		{name: "partner_day_first", opts: usd},
		{name: "partner_full", opts: usd},
		{name: "partner_full_without_currency", file: "partner_full"},
		{name: "partner_full_wrong_currency", file: "partner_full", opts: Options{Currency: afterpay.CurrencyCAD}},
		{name: "trap_ambiguous", opts: aud},
		{name: "trap_ambiguous_day_first", file: "trap_ambiguous",
			opts: Options{DateLayout: DayFirst, Currency: afterpay.CurrencyAUD}},
		{name: "trap_ambiguous_month_first", file: "trap_ambiguous",
			opts: Options{DateLayout: MonthFirst, Currency: afterpay.CurrencyAUD}},
		{name: "trap_decided_late", opts: aud},
		{name: "trap_contradicting", opts: aud},
		{name: "trap_same_day_and_month", opts: aud},
		{name: "trap_iso_dates", opts: aud},
		{name: "trap_order_month", opts: aud},
		{name: "trap_orders_disagree", opts: usd},
		{name: "trap_bom", opts: aud},
		{name: "trap_utf16", opts: aud},
		{name: "trap_blank_trailers", opts: aud},
		{name: "trap_adjustment_without_id", opts: aud},
		{name: "trap_text_numbers", opts: aud},
		{name: "trap_rounded_id", opts: aud},
		{name: "trap_signs_and_decimals", opts: aud},
		{name: "trap_symbols", opts: gbp},
		{name: "trap_windows_1252", opts: gbp},
		{name: "trap_columns_by_name", opts: aud},
		{name: "trap_broken_rows", opts: aud},
		{name: "trap_no_net_column", opts: aud},
		{name: "case_unescaped_quotes", opts: Options{Location: melbourne, Currency: afterpay.CurrencyAUD}},
		{name: "case_adjustments", opts: Options{Location: melbourne, Currency: afterpay.CurrencyAUD}},
		{name: "case_iso_settlement_date", opts: Options{Location: melbourne, Currency: afterpay.CurrencyAUD}},
		{name: "case_excel_ids", opts: aud},
		{name: "case_help_page_names_unmapped", file: "case_help_page_names", opts: aud},
		{name: "case_help_page_names", opts: Options{Currency: afterpay.CurrencyAUD, Columns: helpPageNames}},
	}
}

// helpPageNames are the names of columns on Afterpay's help page.
var helpPageNames = map[string]string{
	"Settlement Date":       "Reconciliation Date",
	"Afterpay Order ID":     "Afterpay Order number",
	"Merchant Order ID":     "Merchant Order number",
	"Settlement Amount":     "Reconciliation Amount",
	"Merchant Fee excl Tax": "Afterpay Merchant Fee applicable to Order (excluding GST)",
	"Merchant Fee Tax":      "GST applicable on the Afterpay Merchant Fee",
	"Merchant Fee incl Tax": "Total Afterpay Merchant Fee including GST",
	"Net Settlement Amount": "Net amount reconciled for Order",
	"Type":                  "Type of transaction",
}

// Each golden file holds, line by line, what Read yields for a report, and
// after it what Payouts makes of the rows.
func TestRead_GoldenFiles(t *testing.T) {
	t.Parallel()
	unread, err := filepath.Glob("testdata/*.csv")
	require.NoError(t, err)
	for _, c := range goldenCases(t) {
		if c.file == "" {
			c.file = c.name
		}
		path := filepath.Join("testdata", c.file+".csv")
		unread = slices.DeleteFunc(unread, func(other string) bool { return other == path })
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report, err := os.ReadFile(path)
			require.NoError(t, err)
			got := render(t, report, c.opts)
			golden := filepath.Join("testdata", c.name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
		})
	}
	require.Empty(t, unread, "reports in testdata that no case reads")
}

func render(t *testing.T, report []byte, opts Options) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	listed := opts
	listed.OnSkip = func(first, last int) {
		require.NoError(t, encoder.Encode(map[string][2]int{"Skipped": {first, last}}))
	}
	for row, err := range Read(bytes.NewReader(report), listed) {
		if err != nil {
			require.Zero(t, row)
			require.NoError(t, encoder.Encode(map[string]string{"Error": err.Error()}))
			continue
		}
		require.NoError(t, encoder.Encode(map[string]Row{"Row": row}))
	}
	for payout, err := range Payouts(withoutErrors(Read(bytes.NewReader(report), opts))) {
		if err != nil {
			require.NoError(t, encoder.Encode(map[string]string{"Payout error": err.Error()}))
			continue
		}
		require.NoError(t, encoder.Encode(map[string]Payout{"Payout": payout}))
	}
	return b.Bytes()
}

func withoutErrors(rows iter.Seq2[Row, error]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range rows {
			if err == nil && !yield(row, nil) {
				return
			}
		}
	}
}

// FuzzRead reads anything in any layout. Whatever the file, reading ends, every
// error is an *Error with a place and a kind, every line is accounted for, and a
// row gives the same row when it is written and read again.
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
				require.NotEmpty(t, fault.Faults)
				require.True(t, fault.Line > 0 || errors.Is(fault, ErrOptions) || errors.Is(fault, ErrHeader))
				for _, one := range fault.Faults {
					require.NotEmpty(t, one.Kind)
					require.LessOrEqual(t, len(one.Value), maxValueBytes)
				}
				require.Zero(t, row)
				continue
			}
			require.False(t, row.SettlementDate.IsZero())
			require.True(t, isCurrencyCode(row.Currency))
			if !strings.ContainsRune(strings.Join(textCells(row), ""), '\r') { // CSV does not keep \r\n apart from \n
				requireSameWhenWritten(t, row)
			}
		}
		if text := string(report); !strings.HasPrefix(text, "\xff\xfe") && !strings.HasPrefix(text, "\xfe\xff") {
			requireEveryLine(t, text)
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
	want.Line, got.Line, want.LastLine, got.LastLine = 0, 0, 0, 0
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
		colDisputeID:        row.DisputeID,

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
