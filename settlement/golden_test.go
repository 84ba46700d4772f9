package settlement

import (
	"bytes"
	"encoding/json"
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
	}
}

// Each golden file holds, line by line, what Read yields for a report, and
// after it what Payouts makes of the rows.
func TestGoldenFiles(t *testing.T) {
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
	for row, err := range Read(bytes.NewReader(report), opts) {
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

// read returns all that Read yields for a report.
func read(report string, opts Options) (rows []Row, errs []error) {
	for row, err := range Read(strings.NewReader(report), opts) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rows = append(rows, row)
	}
	return rows, errs
}

func zone(t testing.TB, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}
