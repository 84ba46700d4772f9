package settlement

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestError_NamesTheLinesAndEveryFault(t *testing.T) {
	t.Parallel()
	report := smallHeader + "13/08/2026,13/08/2026 9:00,1,$1,$1,\"Ord\ner\"\n\n31/02/2026,\"12/08/2026\nnoon\",2 3, £10.00 ,1.5E+06,Order\n14/08/2026,,3,1\n"
	rows, errs := read(report, audOptions)
	require.Len(t, rows, 1)
	require.Equal(t, [2]int{2, 3}, [2]int{rows[0].Line, rows[0].LastLine})
	require.Len(t, errs, 2)
	fault, ok := errors.AsType[*Error](errs[0])
	require.True(t, ok)
	require.Equal(t, [2]int{5, 6}, [2]int{fault.Line, fault.LastLine}, "line breaks in cells and blank lines count")
	var faults []string
	for _, one := range fault.Faults {
		faults = append(faults, one.Column+"|"+one.Value+"|"+string(one.Kind))
	}
	require.Equal(t, []string{
		"Settlement Date|31/02/2026|invalid date",
		"Afterpay Order ID|2 3|invalid id",
		"Settlement Amount|£10.00|currency mismatch",
		"Net Settlement Amount|1.5E+06|invalid amount",
		"Order Date and Time|12/08/2026\nnoon|invalid date",
	}, faults)
	for _, kind := range []error{ErrDate, ErrID, afterpay.ErrCurrencyMismatch, afterpay.ErrAmount} {
		require.ErrorIs(t, fault, kind)
	}
	require.NotErrorIs(t, fault, ErrRow)
	require.EqualError(t, errs[1], "settlement: line 7: malformed row: 4 cells under a header of 6")
	require.Contains(t, fault.Error(), "settlement: lines 5 to 6: Settlement Date: \"31/02/2026\": invalid date: there is no such day; Afterpay Order ID: ")
}

func TestError_ShortensALongCell(t *testing.T) {
	t.Parallel()
	_, errs := read(smallReport([3]string{strings.Repeat("x", 5000), "", "1"}), audOptions)
	require.Len(t, errs, 1)
	require.Less(t, len(errs[0].Error()), 200)
}
