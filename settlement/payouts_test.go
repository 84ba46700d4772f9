package settlement

import (
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// day makes a row of August 2026.
func day(day int, net Decimal, kind Type) Row {
	return Row{
		Line: day, SettlementDate: Date{2026, 8, day}, Type: kind, Currency: afterpay.CurrencyUSD,
		SettlementAmount: net + 1_000000, MerchantFeeInclTax: 1_000000, NetSettlementAmount: net,
	}
}

func rowsOf(rows ...Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func payoutsOf(t *testing.T, rows ...Row) []Payout {
	var payouts []Payout
	for payout, err := range Payouts(rowsOf(rows...)) {
		require.NoError(t, err)
		payouts = append(payouts, payout)
	}
	return payouts
}

func TestPayouts_AreTheTotalOfADayRoundedOnce(t *testing.T) {
	t.Parallel()
	got := payoutsOf(t, day(1, 10_004000, TypeOrder), day(1, 10_004000, TypeOrder), day(1, -5_000000, TypeRefund), day(1, 1, "Dispute"))
	require.Equal(t, []Payout{{
		From: Date{2026, 8, 1}, To: Date{2026, 8, 1}, Orders: 2, Refunds: 1, Others: 1,
		Gross: 19_008001, Fees: 4_000000, Net: 15_008001, Amount: afterpay.USD(15_01),
	}}, got, "row by row it would be 15.00")
}

func TestPayouts_CarryANegativeDayIntoTheNextDeposit(t *testing.T) {
	t.Parallel()
	got := payoutsOf(t,
		day(17, 436_255200, TypeOrder), day(12, -297_270000, TypeRefund), day(10, 411_543700, TypeOrder), day(1, 296_705000, TypeOrder))
	require.Len(t, got, 3)
	require.Equal(t, afterpay.USD(296_71), got[0].Amount)
	require.Equal(t, afterpay.USD(411_54), got[1].Amount)
	require.Equal(t, Payout{
		From: Date{2026, 8, 12}, To: Date{2026, 8, 17}, Orders: 1, Refunds: 1,
		Gross: 140_985200, Fees: 2_000000, Net: 138_985200, Amount: afterpay.USD(138_99),
	}, got[2])
}

func TestPayouts_CarryUntilTheTotalIsPositive(t *testing.T) {
	t.Parallel()
	got := payoutsOf(t, day(1, -10_000000, TypeRefund), day(2, 4_000000, TypeOrder), day(3, 6_000000, TypeOrder), day(4, 5_000, TypeOrder))
	require.Len(t, got, 1, "a total of zero is no deposit")
	require.Equal(t, Date{2026, 8, 1}, got[0].From)
	require.Equal(t, Date{2026, 8, 4}, got[0].To)
	require.Equal(t, afterpay.USD(1), got[0].Amount)
	require.False(t, got[0].Carried)
}

func TestPayouts_EndWithTheBalanceThatIsCarried(t *testing.T) {
	t.Parallel()
	got := payoutsOf(t, day(1, 5_000000, TypeOrder), day(2, -10_004000, TypeRefund), day(3, 4_000000, TypeOrder))
	require.Len(t, got, 2)
	require.False(t, got[0].Carried)
	require.True(t, got[1].Carried)
	require.Equal(t, afterpay.USD(-6_00), got[1].Amount)
	require.Equal(t, Decimal(-6_004000), got[1].Net)
	require.Equal(t, Date{2026, 8, 2}, got[1].From)
	require.Equal(t, Date{2026, 8, 3}, got[1].To)
}

func TestPayouts_KeepCurrenciesApart(t *testing.T) {
	t.Parallel()
	aud := day(2, -7_000000, TypeRefund)
	aud.Currency = afterpay.CurrencyAUD
	got := payoutsOf(t, day(1, 5_000000, TypeOrder), aud)
	require.Len(t, got, 2)
	require.Equal(t, afterpay.AUD(-7_00), got[0].Amount)
	require.True(t, got[0].Carried)
	require.Equal(t, afterpay.USD(5_00), got[1].Amount)
}

func TestPayouts_OfNoRowsAreNone(t *testing.T) {
	t.Parallel()
	require.Empty(t, payoutsOf(t))
}

func TestPayouts_PassOnErrorsAndStopWithTheLoop(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	read := 0
	rows := func(yield func(Row, error) bool) {
		for _, err := range []error{nil, broken, nil} {
			read++
			if !yield(day(read, 5_000000, TypeOrder), err) {
				return
			}
		}
	}
	for _, err := range Payouts(rows) {
		require.ErrorIs(t, err, broken)
		break
	}
	require.Equal(t, 2, read)

	read = 0
	var days []int
	for payout, err := range Payouts(rows) {
		if err == nil {
			days = append(days, payout.From.Day)
		}
	}
	require.Equal(t, []int{1, 3}, days)

	for range Payouts(rowsOf(day(1, 1_000000, TypeOrder), day(2, 1_000000, TypeOrder))) {
		break // a loop left after the first payout must not be called again
	}
}

func TestPayouts_RefuseWhatTheyCannotAddUp(t *testing.T) {
	t.Parallel()
	unknown := day(1, 0, TypeOrder)
	unknown.NetUnknown = true
	huge := Row{Line: 7, SettlementDate: Date{2026, 8, 1}, NetSettlementAmount: math.MaxInt64}
	hugeNextDay := huge
	hugeNextDay.SettlementDate.Day = 2
	negative := huge
	negative.NetSettlementAmount = -math.MaxInt64
	negativeNextDay := hugeNextDay
	negativeNextDay.NetSettlementAmount = -math.MaxInt64
	for name, rows := range map[string][]Row{
		"net unknown":          {unknown},
		"overflow in a day":    {huge, huge},
		"overflow over a run":  {negative, negativeNextDay},
		"overflow in a refund": {negative, negative},
	} {
		var errs []error
		for _, err := range Payouts(rowsOf(rows...)) {
			if err != nil {
				errs = append(errs, err)
			}
		}
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], afterpay.ErrAmount, name)
		_, ok := errors.AsType[*Error](errs[0])
		require.True(t, ok, name)
	}
}

// Whatever the rows and their order: nothing is lost and nothing counted
// twice, payouts follow each other, and only the last may be carried.
func TestPayouts_AccountForEveryRow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 2026))
	for range 500 {
		rows := make([]Row, 1+random.IntN(40))
		var net Decimal
		for i := range rows {
			rows[i] = day(1+random.IntN(28), Decimal(random.Int64N(2_000_000_000)-1_000_000_000), TypeOrder)
			net += rows[i].NetSettlementAmount
		}
		payouts := payoutsOf(t, rows...)
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		require.Equal(t, payouts, payoutsOf(t, rows...), "the order of rows does not matter")

		var sum Decimal
		count, last := 0, Date{}
		for i, p := range payouts {
			require.Equal(t, p.Net.Round(afterpay.CurrencyUSD), p.Amount)
			require.Equal(t, 1, p.From.Compare(last))
			require.LessOrEqual(t, p.From.Compare(p.To), 0)
			require.Equal(t, !p.Amount.IsPositive(), p.Carried)
			require.False(t, p.Carried && i < len(payouts)-1)
			require.Equal(t, p.Gross, p.Fees+p.Net)
			sum, count, last = sum+p.Net, count+p.Orders, p.To
		}
		require.Equal(t, net, sum)
		require.Equal(t, len(rows), count)
	}
}
