package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

func readBank(text string, opts reconcile.BankOptions) (amounts []string, faults []string) {
	for r, err := range reconcile.ReadBank(strings.NewReader(text), opts) {
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		amounts = append(amounts, r.Money().String())
	}
	return amounts, faults
}

func TestReadBank_ReadsAmountsThatHaveOneMeaning(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]afterpay.Amount{
		"37.00": 37_00, "-5": -5_00, "+5.5": 5_50, "$37.00": 37_00, "-$5.00": -5_00, "(5.00)": -5_00, "($5.00)": -5_00,
		"1,259.72": 1259_72, "1.259,72": 1259_72, "37,00": 37_00, "1,000,000": 1000000_00, "1.000.000": 1000000_00, "\u22125.00": -5_00,
	} {
		amounts, faults := readBank("date;amount;currency\n2026-11-10;"+text+";aud\n", reconcile.BankOptions{})
		require.Empty(t, faults, text)
		require.Equal(t, []string{afterpay.AUD(int64(want)).String()}, amounts, text)
	}
	for _, text := range []string{"1,250", "1.2345", "five", "1,2,3", "12,34,56.00", "--5", "(5", "5.001"} {
		amounts, faults := readBank("date;amount;currency\n2026-11-10;"+text+";AUD\n", reconcile.BankOptions{})
		require.Empty(t, amounts, text)
		require.Len(t, faults, 1, text)
		require.Contains(t, faults[0], "line 2, column amount")
	}
}

func TestReadBank_TakesCreditsAndDebits(t *testing.T) {
	t.Parallel()
	const text = "date,credit,debit\n2026-11-10,5.00,\n2026-11-10 08:00:00,,3.00\n2026-11-10,,-3.00\n2026-11-10,5.00,3.00\n2026-11-10,,\n2026-11-10,0.00,0.00\n"
	amounts, faults := readBank(text, reconcile.BankOptions{Currency: "AUD"})
	require.Equal(t, []string{"5.00 AUD", "-3.00 AUD", "-3.00 AUD", "0.00 AUD"}, amounts)
	require.Equal(t, []string{"reconcile: line 5, column amount: the line has several amounts", "reconcile: line 6, column amount: the line has no amount"}, faults)
}

func TestReadBank_SaysWhichColumnsAreMissingAndWhatToSet(t *testing.T) {
	t.Parallel()
	accept := func(string) bool { return true }
	tests := []struct {
		header string
		opts   reconcile.BankOptions
		want   string
	}{
		{"booked,amount", reconcile.BankOptions{}, `no column is named "date"; the header has "booked", "amount"; set BankOptions.Columns.Date`},
		{"date,value", reconcile.BankOptions{}, `set BankOptions.Columns.Amount, or Credit and Debit`},
		{"date,amount", reconcile.BankOptions{}, `set BankOptions.Currency`},
		{"date,amount", reconcile.BankOptions{Currency: "AUD", Accept: accept}, `set BankOptions.Columns.Text`},
		{"date,amount", reconcile.BankOptions{Currency: "AUD", Columns: reconcile.BankColumns{Debit: "out"}}, `set BankOptions.Columns.Debit`},
	}
	for _, test := range tests {
		for _, err := range reconcile.ReadBank(strings.NewReader(test.header+"\n"), test.opts) {
			require.ErrorIs(t, err, reconcile.ErrColumn)
			require.ErrorContains(t, err, test.want)
		}
	}
	_, faults := readBank("date,amount\n11/12/2026,1.00\n", reconcile.BankOptions{Currency: "AUD"})
	require.Equal(t, []string{`reconcile: line 2, column date: "11/12/2026" cannot be read as a date; set BankOptions.DateLayout`}, faults)
}

func TestReadBank_DatesAreInTheLocation(t *testing.T) {
	t.Parallel()
	for r, err := range reconcile.ReadBank(strings.NewReader("Booked On\tAmount\tDetails\n10 Nov 2026\t5.00\tAFTERPAY\n"), reconcile.BankOptions{
		Columns: reconcile.BankColumns{Date: "booked on", Text: "details"}, Currency: "AUD", Location: melbourne,
	}) {
		require.NoError(t, err)
		require.True(t, time.Date(2026, 11, 10, 0, 0, 0, 0, melbourne).Equal(r.At))
		require.Equal(t, "AFTERPAY", r.Reference)
	}
}
