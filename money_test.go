package afterpay

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseMoneyReadsDecimalAmounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"37.00": 37_00, "37.0": 37_00, "37": 37_00, "37.05": 37_05, "37.5": 37_50, "0": 0, "0.00": 0, "0.01": 1, "0.1": 10,
		"-5.25": -5_25, "-0.01": -1, "-0": 0, "-0.00": 0, "007.50": 7_50, "1000000.00": 1000000_00,
		"92233720368547758.07": math.MaxInt64, "-92233720368547758.07": -math.MaxInt64,
		"92233720368547758": math.MaxInt64 - 7, "92233720368547758.0": math.MaxInt64 - 7,
		"00000000000000000000000000000000001.00": 1_00,
	} {
		m, err := ParseMoney(text, CurrencyUSD)
		require.NoError(t, err, text)
		require.Equal(t, USD(want), m, text)
		require.Equal(t, m, MustParseMoney(text, "USD"), text)
	}
}

func TestParseMoney_RefusesWhatHasNoExactMeaning(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "-", ".", "-.", "+1", "--1", "1-", "-+1", "1.", ".5", "-.5", "1..0", "1.0.0", "1.2.3",
		"37.001", "0.005", "1,000.00", "1,00", "1_000", "1e2", "1E+05", "1e-3", "0x10", "NaN", "Infinity", "-Inf",
		"$1.00", "1.00 USD", "USD", "null", "true", `"1.00"`, "1.00\x00", "\x00", "١.٠٠", "１", "−1.00",
		"92233720368547758.08", "-92233720368547758.08", "92233720368547759", "92233720368547758.1", "922337203685477580.7",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "184467440737095516.16", strings.Repeat("9", 1000),
	} {
		m, err := ParseMoney(text, CurrencyUSD)
		require.ErrorIs(t, err, ErrAmount, "%q", text)
		require.Equal(t, Money{}, m, "%q", text)
		require.Panics(t, func() { MustParseMoney(text, CurrencyUSD) }, "%q", text)
	}
	for _, currency := range []Currency{"", "US", "USDX", "usd", "Usd", "US1", "U D", "U$D", "USÐ", "€"} {
		_, err := ParseMoney("1.00", currency)
		require.ErrorIs(t, err, ErrAmount, "%q", currency)
	}
	_, err := ParseMoney(strings.Repeat("9", 1000), CurrencyUSD)
	require.Less(t, len(err.Error()), 200, "an error text repeats a bounded part of what was read")
}

func TestConstructorsNameTheirCurrency(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]Money{
		"37.00 AUD": AUD(37_00), "37.01 NZD": NZD(37_01), "37.10 USD": USD(37_10), "0.05 CAD": CAD(5), "-1.50 GBP": GBP(-1_50),
		"0.00 EUR": EUR(0), "0.00": {}, "92233720368547758.07 USD": USD(math.MaxInt64), "-92233720368547758.08 USD": USD(math.MinInt64),
		"-0.01 CLP": {-1, "CLP"},
	} {
		require.Equal(t, want, m.String())
		require.Equal(t, strings.Fields(want)[0], m.Amount.String())
	}
}

// edges are amounts at which sums, products and formats go wrong first.
var edges = []int64{
	-math.MaxInt64, -math.MaxInt64 + 1, math.MinInt64 / 2, -3037000500, -100, -99, -2, -1, 0,
	1, 2, 99, 100, 3037000499, 3037000500, math.MaxInt64 / 2, math.MaxInt64/2 + 1, math.MaxInt64 - 1, math.MaxInt64,
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	check := func(name string, got Money, err error, want *big.Int) {
		t.Helper()
		if want.CmpAbs(big.NewInt(math.MaxInt64)) > 0 {
			require.ErrorIs(t, err, ErrAmount, name)
			require.Equal(t, Money{}, got, name)
			return
		}
		require.NoError(t, err, name)
		require.Equal(t, USD(want.Int64()), got, name)
	}
	for _, a := range edges {
		m, bigA := USD(a), big.NewInt(a)
		negated, err := m.Neg()
		check(fmt.Sprint("-", a), negated, err, new(big.Int).Neg(bigA))
		for _, b := range edges {
			o, bigB := USD(b), big.NewInt(b)

			sum, err := m.Add(o)
			check(fmt.Sprint(a, "+", b), sum, err, new(big.Int).Add(bigA, bigB))

			difference, err := m.Sub(o)
			check(fmt.Sprint(a, "-", b), difference, err, new(big.Int).Sub(bigA, bigB))

			product, err := m.Mul(b)
			check(fmt.Sprint(a, "*", b), product, err, new(big.Int).Mul(bigA, bigB))

			order, err := m.Cmp(o)
			require.NoError(t, err)
			require.Equal(t, bigA.Cmp(bigB), order)
		}
	}
}

func TestTheAmountWithoutANegativeIsNeverMade(t *testing.T) {
	t.Parallel()
	lowest := USD(math.MinInt64)
	for name, calculate := range map[string]func() (Money, error){
		"neg":          lowest.Neg,
		"add nothing":  func() (Money, error) { return lowest.Add(USD(0)) },
		"add less":     func() (Money, error) { return lowest.Add(USD(-1)) },
		"sub of it":    func() (Money, error) { return USD(0).Sub(lowest) },
		"mul by 1":     func() (Money, error) { return lowest.Mul(1) },
		"mul by -1":    func() (Money, error) { return lowest.Mul(-1) },
		"mul by least": func() (Money, error) { return USD(1).Mul(math.MinInt64) },
		"reach it":     func() (Money, error) { return USD(-math.MaxInt64).Sub(USD(1)) },
	} {
		got, err := calculate()
		require.ErrorIs(t, err, ErrAmount, name)
		require.Equal(t, Money{}, got, name)
	}
}

func TestAbsentMoneyAddsToAnything(t *testing.T) {
	t.Parallel()
	sum, err := Money{}.Add(GBP(5))
	require.NoError(t, err)
	require.Equal(t, GBP(5), sum)
	sum, err = GBP(5).Add(Money{})
	require.NoError(t, err)
	require.Equal(t, GBP(5), sum)
	sum, err = Money{}.Add(Money{})
	require.NoError(t, err)
	require.True(t, sum.IsZero())
	difference, err := Money{}.Sub(GBP(5))
	require.NoError(t, err)
	require.Equal(t, GBP(-5), difference)

	require.True(t, Money{}.IsZero())
	require.False(t, USD(0).IsZero(), "nothing in a known currency is not absent")
	require.NotEqual(t, Money{}, USD(0))
	require.False(t, Money{}.IsPositive() || USD(0).IsPositive() || USD(-1).IsPositive())
	require.True(t, USD(1).IsPositive())
}

func TestSumAddsUp(t *testing.T) {
	t.Parallel()
	total, err := Sum()
	require.NoError(t, err)
	require.Equal(t, Money{}, total)
	total, err = Sum(Money{}, AUD(10_00), AUD(-50), Money{}, AUD(5))
	require.NoError(t, err)
	require.Equal(t, AUD(9_55), total)
	total, err = Sum(AUD(1), NZD(1))
	require.ErrorIs(t, err, ErrCurrencyMismatch)
	require.Equal(t, Money{}, total)
	_, err = Sum(AUD(math.MaxInt64), AUD(1), AUD(-1))
	require.ErrorIs(t, err, ErrAmount)
}

func TestMoneyErrors_SayOnceWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := USD(1).Add(AUD(2))
	require.EqualError(t, err, "afterpay: cannot add USD and AUD")
	_, err = USD(1).Cmp(Money{Currency: "us"})
	require.EqualError(t, err, `afterpay: cannot compare USD and "us"`)
	_, err = ParseMoney("1,5", "USD")
	require.EqualError(t, err, `afterpay: "1,5" is not an amount with at most two decimals`)
	require.ErrorIs(t, err, ErrAmount)
}

func TestDifferentCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]Money{
		{USD(1), AUD(1)}, {USD(0), AUD(0)}, {USD(0), GBP(5)}, {USD(1), {1, ""}}, {{1, ""}, USD(1)}, {USD(1), {1, "usd"}},
	} {
		_, err := pair[0].Add(pair[1])
		require.ErrorIs(t, err, ErrCurrencyMismatch, "%v", pair)
		_, err = pair[0].Sub(pair[1])
		require.ErrorIs(t, err, ErrCurrencyMismatch, "%v", pair)
		_, err = pair[0].Cmp(pair[1])
		require.ErrorIs(t, err, ErrCurrencyMismatch, "%v", pair)
		require.NotErrorIs(t, err, ErrAmount, "%v", pair)
	}
	_, err := USD(1).Cmp(Money{})
	require.ErrorIs(t, err, ErrCurrencyMismatch, "an absent sum has no size")
}

func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		sum  int64
		n    int
		want []int64
	}{
		{10_00, 4, []int64{2_50, 2_50, 2_50, 2_50}},
		{10_00, 3, []int64{3_34, 3_33, 3_33}},
		{2, 3, []int64{1, 1, 0}},
		{0, 2, []int64{0, 0}},
		{-10_00, 3, []int64{-3_34, -3_33, -3_33}},
		{7, 1, []int64{7}},
	} {
		parts, err := NZD(tc.sum).Split(tc.n)
		require.NoError(t, err)
		require.Equal(t, tc.want, amounts(t, parts, CurrencyNZD))
	}
	for _, n := range []int{0, -1, math.MinInt, 1_000_001, 1 << 62} {
		parts, err := USD(10_00).Split(n)
		require.ErrorIs(t, err, ErrAmount)
		require.Nil(t, parts)
	}
	for _, sum := range append([]int64{math.MinInt64}, edges...) {
		for _, n := range []int{1, 2, 3, 7, 12, 97, 100, 128} {
			parts, err := USD(sum).Split(n)
			require.NoError(t, err)
			require.Len(t, parts, n)
			total, least, most := new(big.Int), new(big.Int), new(big.Int)
			for i, a := range amounts(t, parts, CurrencyUSD) {
				part := big.NewInt(a)
				total.Add(total, part)
				part.Abs(part)
				require.True(t, i == 0 || part.Cmp(least) <= 0, "larger parts come first")
				least.Set(part)
				if i == 0 {
					most.Set(part)
				}
			}
			require.Zero(t, total.Cmp(big.NewInt(sum)), "%d in %d parts", sum, n)
			require.LessOrEqual(t, most.Sub(most, least).Int64(), int64(1), "%d in %d parts", sum, n)
		}
	}
}

func TestAllocateFollowsTheWeights(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		sum     int64
		weights []int64
		want    []int64
	}{
		{10_00, []int64{1}, []int64{10_00}},
		{10_00, []int64{1, 1, 1}, []int64{3_34, 3_33, 3_33}},
		{10_00, []int64{70, 20, 10}, []int64{7_00, 2_00, 1_00}},
		{1_00, []int64{1, 2, 3, 4}, []int64{10, 20, 30, 40}},
		// 0.05 by 1:2:3 is 0.83, 1.67 and 2.50: the two that lost most get one each.
		{5, []int64{1, 2, 3}, []int64{1, 2, 2}},
		{5, []int64{3, 2, 1}, []int64{2, 2, 1}},
		{-5, []int64{1, 2, 3}, []int64{-1, -2, -2}},
		{1, []int64{0, 0, 5, 5}, []int64{0, 0, 1, 0}},
		{0, []int64{3, 1}, []int64{0, 0}},
		{math.MaxInt64, []int64{1, 1}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
		{math.MaxInt64, []int64{math.MaxInt64}, []int64{math.MaxInt64}},
		{math.MinInt64, []int64{0, math.MaxInt64}, []int64{0, math.MinInt64}},
		{1, []int64{math.MaxInt64 - 1, 1}, []int64{1, 0}},
	} {
		parts, err := GBP(tc.sum).Allocate(tc.weights...)
		require.NoError(t, err)
		require.Equal(t, tc.want, amounts(t, parts, CurrencyGBP), "%d by %v", tc.sum, tc.weights)
	}
	// Among parts that lost as much the earlier ones come first, however many.
	weights := make([]int64, 60)
	for i := range weights {
		weights[i] = int64(i%3 + 1)
	}
	for sum := range int64(500) {
		parts, err := GBP(sum).Allocate(weights...)
		require.NoError(t, err)
		require.Equal(t, slowAllocation(sum, weights), amounts(t, parts, CurrencyGBP), sum)
	}
	for _, weights := range [][]int64{nil, {0}, {0, 0}, {-1}, {1, -1}, {5, -1, 5}, {math.MinInt64}, {math.MaxInt64, 1}} {
		parts, err := GBP(10_00).Allocate(weights...)
		require.ErrorIs(t, err, ErrAmount, "%v", weights)
		require.Nil(t, parts)
	}
}

func amounts(t *testing.T, parts []Money, currency Currency) []int64 {
	t.Helper()
	all := make([]int64, len(parts))
	for i, p := range parts {
		require.Equal(t, currency, p.Currency)
		all[i] = int64(p.Amount)
	}
	return all
}

func TestMoneyReadsWhatServicesSend(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Money{
		`{"amount":"37.00","currency":"USD"}`:                        USD(37_00),
		`{"amount":"21.850","currency":"USD"}`:                       USD(21_85),
		`{"amount":" 21.85 ","currency":"USD"}`:                      USD(21_85),
		`{"amount":2185e-2,"currency":"USD"}`:                        USD(21_85),
		`{"amount":"37.0","currency":"USD"}`:                         USD(37_00),
		`{"amount":"37","currency":"USD"}`:                           USD(37_00),
		`{"amount":37,"currency":"USD"}`:                             USD(37_00),
		`{"amount":37.0,"currency":"USD"}`:                           USD(37_00),
		`{"amount":37.05,"currency":"USD"}`:                          USD(37_05),
		`{"amount":-0.5,"currency":"USD"}`:                           USD(-50),
		`{"amount":"-37.00","currency":"USD"}`:                       USD(-37_00),
		`{"currency":"AUD","amount":"1000.00"}`:                      AUD(1000_00),
		`{"amount":"1.00","currency":"USD","symbol":"$"}`:            USD(1_00),
		`{"amount":"1.00","symbol":{"a":["$"]},"currency":"JPY"}`:    {1_00, "JPY"},
		` { "amount" : "92233720368547758.07" , "currency":"USD" } `: USD(math.MaxInt64),
		`{"amount":"0.00","currency":"USD"}`:                         USD(0),
		`{}`:                                                         {},
		`null`:                                                       {},
	} {
		m := Money{}
		require.NoError(t, json.Unmarshal([]byte(text), &m), text)
		require.Equal(t, want, m, text)
		got, err := decodedMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestAmountThatIsMissingInAResponseIsAbsent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"amount":null,"currency":"USD"}`, `{"amount":"","currency":"USD"}`, `{"currency":"USD"}`, `{"amount":{},"currency":"USD"}`,
		`[]`, `""`, `false`,
	} {
		got, err := decodedMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, Money{}, got, text)
	}
}

func TestAmountThatStandsAloneHasNoCurrency(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`"37.00"`, `37`, `{"amount":37}`} {
		got, err := decodedMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, Money{Amount: 37_00}, got, text)
	}
}

func TestMoney_AmountsWithoutExactMeaningAreRefused(t *testing.T) {
	t.Parallel()
	for _, amount := range []string{
		`37.001`, `"0.001"`, `1e-3`, `"1,021.85"`, `"12,00"`, `"abc"`, `"twelve"`, `"+1"`, `"."`, `" "`,
		`92233720368547758.08`, `"92233720368547758.08"`, `1e400`, `123456789012345678901234567890`,
	} {
		text := `{"amount":` + amount + `,"currency":"USD"}`
		m := USD(5)
		require.Error(t, json.Unmarshal([]byte(text), &m), text)
		require.Equal(t, Amount(5), m.Amount, text)
		_, err := decodedMoney(text)
		require.ErrorIs(t, err, ErrAmount, text)
	}
	for _, amount := range []string{`true`, `{}`, `[]`, `""`, `"\u0033"`} {
		a := Amount(5)
		require.Error(t, json.Unmarshal([]byte(amount), &a), amount)
		require.Equal(t, Amount(5), a)
	}
	a := Amount(5)
	require.NoError(t, json.Unmarshal([]byte(`null`), &a))
	require.Equal(t, Amount(5), a, "null changes nothing, as everywhere in encoding/json")
}

// decodedMoney reads one amount as responses are read.
func decodedMoney(text string) (m Money, err error) {
	err = decodeJSON(V2, []byte(text), &m)
	return m, err
}

func TestMoneyIsWrittenWithTwoDecimals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		m    Money
		want string
	}{
		{USD(37_00), `{"amount":"37.00","currency":"USD"}`},
		{USD(0), `{"amount":"0.00","currency":"USD"}`},
		{AUD(5), `{"amount":"0.05","currency":"AUD"}`},
		{AUD(-5), `{"amount":"-0.05","currency":"AUD"}`},
		{AUD(-1_50), `{"amount":"-1.50","currency":"AUD"}`},
		{GBP(1234567_80), `{"amount":"1234567.80","currency":"GBP"}`},
		{EUR(math.MaxInt64), `{"amount":"92233720368547758.07","currency":"EUR"}`},
	} {
		text, err := json.Marshal(tc.m)
		require.NoError(t, err)
		require.Equal(t, tc.want, string(text))
	}
	text, err := Amount(37_00).MarshalText()
	require.NoError(t, err)
	require.Equal(t, "37.00", string(text))
	text, err = Amount(37_00).AppendText([]byte("total "))
	require.NoError(t, err)
	require.Equal(t, "total 37.00", string(text))
}

func TestNothingIsSentAndAbsentIsNot(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(CaptureRequest{Token: "t", Amount: USD(0)})
	require.NoError(t, err)
	require.JSONEq(t, `{"token":"t","amount":{"amount":"0.00","currency":"USD"}}`, string(text))
	text, err = json.Marshal(CaptureRequest{Token: "t", Amount: Money{}})
	require.NoError(t, err)
	require.JSONEq(t, `{"token":"t"}`, string(text))
}

func TestMoneyCostsNoAllocation(t *testing.T) {
	var m Money
	var order int
	var err error
	text, digits := "12345.67", []byte("12345.67")
	buf := make([]byte, 0, 32)
	a, b := USD(12345_67), USD(1)
	for name, f := range map[string]func(){
		"parse":       func() { m, err = ParseMoney(text, CurrencyUSD) },
		"read text":   func() { err = m.Amount.UnmarshalText(digits) },
		"append":      func() { buf, err = a.Amount.AppendText(buf[:0]) },
		"add":         func() { m, err = a.Add(b) },
		"subtract":    func() { m, err = a.Sub(b) },
		"multiply":    func() { m, err = a.Mul(3) },
		"compare":     func() { order, err = a.Cmp(b) },
		"sum of none": func() { m, err = Sum() },
	} {
		require.Zero(t, testing.AllocsPerRun(100, f), name)
		require.NoError(t, err, name)
	}
	require.Equal(t, 1, order)
	require.Equal(t, "12345.67", string(buf))
}
