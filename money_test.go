package afterpay

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/decimal"
)

func TestParseMoney_ReadsDecimalAmounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"37.00": 37_00, "37.0": 37_00, "37": 37_00, "37.05": 37_05, "37.5": 37_50, "0": 0, "0.01": 1, "-5.25": -5_25, "-0.01": -1, "-0.00": 0,
		"007.50": 7_50, "92233720368547758.07": math.MaxInt64, "-92233720368547758.07": -math.MaxInt64,
		"92233720368547758": math.MaxInt64 - 7, "00000000000000000000000000000000001.00": 1_00,
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
		"", " ", "-", ".", "-.", "+1", "--1", "1-", "-+1", "1.", ".5", "-.5", "1..0", "1.0.0",
		"37.001", "0.005", "1,000.00", "1,00", "1_000", "1e2", "1E+05", "1e-3", "0x10", "NaN", "Infinity",
		"$1.00", "1.00 USD", "USD", "null", `"1.00"`, "1.00\x00", "١.٠٠", "１", "−1.00",
		"92233720368547758.08", "-92233720368547758.08", "92233720368547759", "922337203685477580.7",
		"9223372036854775807", "18446744073709551616", "184467440737095516.16", strings.Repeat("9", 1000),
	} {
		m, err := ParseMoney(text, CurrencyUSD)
		require.ErrorIs(t, err, ErrAmount, "%q", text)
		require.Less(t, len(err.Error()), 200, "the error text repeats a bounded part of the input")
		require.Equal(t, Money{}, m, "%q", text)
		require.Panics(t, func() { MustParseMoney(text, CurrencyUSD) }, "%q", text)
	}
	for _, currency := range []Currency{"", "US", "USDX", "usd", "US1", "U D", "USÐ", "€"} {
		_, err := ParseMoney("1.00", currency)
		require.ErrorIs(t, err, ErrAmount, "%q", currency)
	}
}

func TestMoney_String(t *testing.T) {
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

// edges are amounts at which totals, products and formats go wrong first.
var edges = []int64{
	math.MinInt64, -math.MaxInt64, -math.MaxInt64 + 1, math.MinInt64 / 2, -3037000500, -100, -99, -2, -1, 0,
	1, 2, 99, 100, 3037000499, 3037000500, math.MaxInt64 / 2, math.MaxInt64/2 + 1, math.MaxInt64 - 1, math.MaxInt64,
}

func TestMoney_ArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	for _, a := range edges {
		m, bigA := USD(a), big.NewInt(a)
		for _, b := range edges {
			o, bigB := USD(b), big.NewInt(b)
			for name, op := range map[string]struct {
				calculate func() (Money, error)
				exact     func(z, a, b *big.Int) *big.Int
			}{
				"add": {func() (Money, error) { return m.Add(o) }, (*big.Int).Add},
				"sub": {func() (Money, error) { return m.Sub(o) }, (*big.Int).Sub},
				"mul": {func() (Money, error) { return m.Mul(b) }, (*big.Int).Mul},
				"neg": {m.Neg, func(z, a, _ *big.Int) *big.Int { return z.Neg(a) }},
			} {
				what := fmt.Sprintf("%d %s %d", a, name, b)
				got, err := op.calculate()
				want := op.exact(new(big.Int), bigA, bigB)
				if want.CmpAbs(big.NewInt(math.MaxInt64)) > 0 || name == "sub" && b == math.MinInt64 {
					require.ErrorIs(t, err, ErrAmount, what) // math.MinInt64 is never returned
					require.Equal(t, Money{}, got, what)
					continue
				}
				require.NoError(t, err, what)
				require.Equal(t, USD(want.Int64()), got, what)
			}
			order, err := m.Cmp(o)
			require.NoError(t, err)
			require.Equal(t, bigA.Cmp(bigB), order)
		}
	}
}

func TestMoney_AbsentAddsToAnything(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		calculate func() (Money, error)
		want      Money
	}{
		"absent + amount": {func() (Money, error) { return Money{}.Add(GBP(5)) }, GBP(5)},
		"amount + absent": {func() (Money, error) { return GBP(5).Add(Money{}) }, GBP(5)},
		"absent + absent": {func() (Money, error) { return Money{}.Add(Money{}) }, Money{}},
		"absent - amount": {func() (Money, error) { return Money{}.Sub(GBP(5)) }, GBP(-5)},
		"amount - absent": {func() (Money, error) { return GBP(5).Sub(Money{}) }, GBP(5)},
		"sum of none":     {func() (Money, error) { return Sum() }, Money{}},
		"sum":             {func() (Money, error) { return Sum(Money{}, AUD(10_00), AUD(-50), Money{}, AUD(5)) }, AUD(9_55)},
	} {
		got, err := x.calculate()
		require.NoError(t, err, name)
		require.Equal(t, x.want, got, name)
	}
	require.True(t, Money{}.IsZero() && !USD(0).IsZero(), "0.00 in a currency is not absent")
	require.False(t, Money{}.IsPositive() || USD(0).IsPositive() || USD(-1).IsPositive())
	require.True(t, USD(1).IsPositive())
}

func TestMoney_ErrorsNameTheOperationAndTheCause(t *testing.T) {
	t.Parallel()
	compare := func(m, o Money) func() (Money, error) {
		return func() (Money, error) { _, err := m.Cmp(o); return Money{}, err }
	}
	parts := func(_ []Money, err error) (Money, error) { return Money{}, err }
	for want, x := range map[string]struct {
		calculate func() (Money, error)
		is        error
	}{
		"cannot add USD and AUD":                           {func() (Money, error) { return USD(1).Add(AUD(2)) }, ErrCurrencyMismatch},
		"cannot add USD and GBP":                           {func() (Money, error) { return USD(0).Add(GBP(0)) }, ErrCurrencyMismatch},
		`cannot add "" and USD`:                            {func() (Money, error) { return Money{Amount: 1}.Add(USD(1)) }, ErrCurrencyMismatch},
		"cannot add AUD and NZD":                           {func() (Money, error) { return Sum(AUD(1), NZD(1)) }, ErrCurrencyMismatch},
		"cannot subtract AUD from USD":                     {func() (Money, error) { return USD(1).Sub(AUD(2)) }, ErrCurrencyMismatch},
		`cannot subtract "" from USD`:                      {func() (Money, error) { return USD(1).Sub(Money{Amount: 1}) }, ErrCurrencyMismatch},
		"cannot compare USD and AUD":                       {compare(USD(0), AUD(0)), ErrCurrencyMismatch},
		`cannot compare USD and "us"`:                      {compare(USD(1), Money{Currency: "us"}), ErrCurrencyMismatch},
		`cannot compare USD and ""`:                        {compare(USD(1), Money{}), ErrCurrencyMismatch},
		"amount out of range":                              {func() (Money, error) { return Sum(AUD(math.MaxInt64), AUD(1), AUD(-1)) }, ErrAmount},
		"cannot split into 0 parts":                        {func() (Money, error) { return parts(USD(1).Split(0)) }, ErrAmount},
		"cannot split into -1 parts":                       {func() (Money, error) { return parts(USD(1).Split(-1)) }, ErrAmount},
		"cannot split into 1000001 parts":                  {func() (Money, error) { return parts(USD(1).Split(1_000_001)) }, ErrAmount},
		"weights must not all be 0":                        {func() (Money, error) { return parts(USD(1).Allocate(0, 0)) }, ErrAmount},
		"weights must not be negative or out of range":     {func() (Money, error) { return parts(USD(1).Allocate(1, -1)) }, ErrAmount},
		`"1,5" is not an amount with at most two decimals`: {func() (Money, error) { return ParseMoney("1,5", "USD") }, ErrAmount},
	} {
		got, err := x.calculate()
		require.EqualError(t, err, "afterpay: "+want)
		require.ErrorIs(t, err, x.is)
		require.Equal(t, Money{}, got, want)
	}
}

func TestMoney_SplitAndAllocateLoseNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		total   int64
		weights []int64
		want    []int64
	}{
		{10_00, []int64{1}, []int64{10_00}},
		{10_00, []int64{1, 1, 1}, []int64{3_34, 3_33, 3_33}},
		{-10_00, []int64{1, 1, 1}, []int64{-3_34, -3_33, -3_33}},
		{10_00, []int64{70, 20, 10}, []int64{7_00, 2_00, 1_00}},
		// 5 hundredths by 1:2:3 are 0.83, 1.67 and 2.50: the first two get one more each.
		{5, []int64{1, 2, 3}, []int64{1, 2, 2}},
		{5, []int64{3, 2, 1}, []int64{2, 2, 1}},
		{1, []int64{0, 0, 5, 5}, []int64{0, 0, 1, 0}},
		{0, []int64{3, 1}, []int64{0, 0}},
		{math.MaxInt64, []int64{1, 1}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
		{math.MinInt64, []int64{0, math.MaxInt64}, []int64{0, math.MinInt64}},
		{1, []int64{math.MaxInt64 - 1, 1}, []int64{1, 0}},
	} {
		parts, err := GBP(tc.total).Allocate(tc.weights...)
		require.NoError(t, err)
		require.Equal(t, tc.want, amounts(t, parts, CurrencyGBP), "%d by %v", tc.total, tc.weights)
	}
	// Of parts that rounding reduced equally, the earlier ones come first.
	weights := make([]int64, 60)
	for i := range weights {
		weights[i] = int64(i%3 + 1)
	}
	for total := range int64(200) {
		parts, err := GBP(total).Allocate(weights...)
		require.NoError(t, err)
		require.Equal(t, slowAllocation(total, weights), amounts(t, parts, CurrencyGBP), total)
	}
	for _, total := range edges {
		for _, n := range []int{1, 2, 3, 7, 100, 128} {
			parts, err := USD(total).Split(n)
			require.NoError(t, err)
			require.Equal(t, slowAllocation(total, slices.Repeat([]int64{1}, n)), amounts(t, parts, CurrencyUSD), "%d in %d parts", total, n)
		}
	}
	for _, weights := range [][]int64{nil, {0}, {-1}, {5, -1, 5}, {math.MinInt64}, {math.MaxInt64, 1}} {
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

func TestMoney_IsReadInEveryFormSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Money{
		`{"amount":"37.00","currency":"USD"}`:                        USD(37_00),
		`{"amount":37.5,"currency":"USD"}`:                           USD(37_50),
		`{"amount":"-37.00","currency":"USD"}`:                       USD(-37_00),
		`{"currency":"AUD","amount":"1000.00"}`:                      AUD(1000_00),
		`{"amount":"1.00","symbol":{"a":["$"]},"currency":"JPY"}`:    {1_00, "JPY"},
		` { "amount" : "92233720368547758.07" , "currency":"USD" } `: USD(math.MaxInt64),
		`{"amount":"0.00","currency":"USD"}`:                         USD(0),
		`{}`:                                                         {},
		`null`:                                                       {},
	} {
		m := Money{}
		require.NoError(t, json.Unmarshal([]byte(text), &m), text)
		require.Equal(t, want, m, text)
		m, err := decodedMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, want, m, text)
	}
	for text, want := range map[string]Money{ // only in responses
		`{"amount":null,"currency":"USD"}`: {}, `{"amount":"","currency":"USD"}`: {}, `{"currency":"USD"}`: {},
		`{"amount":{},"currency":"USD"}`: {}, `[]`: {}, `""`: {}, `false`: {},
		`"37.00"`: {Amount: 37_00}, `37`: {Amount: 37_00}, `{"amount":37}`: {Amount: 37_00},
	} {
		got, err := decodedMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestMoney_AmountsWithoutExactMeaningAreRefused(t *testing.T) {
	t.Parallel()
	for _, amount := range []string{
		`37.001`, `"0.001"`, `1e-3`, `"1,021.85"`, `"12,00"`, `"twelve"`, `"+1"`, `"."`, `" "`,
		`92233720368547758.08`, `"92233720368547758.08"`, `1e400`, `123456789012345678901234567890`,
	} {
		text := `{"amount":` + amount + `,"currency":"USD"}`
		m := USD(5)
		require.Error(t, json.Unmarshal([]byte(text), &m), text)
		require.Equal(t, Amount(5), m.Amount, text)
		_, err := decodedMoney(text)
		require.ErrorIs(t, err, ErrAmount, text)
	}
	a := Amount(5)
	for _, amount := range []string{`true`, `{}`, `[]`, `""`, `"\u0033"`} {
		require.Error(t, json.Unmarshal([]byte(amount), &a), amount)
		require.Equal(t, Amount(5), a)
	}
	require.NoError(t, json.Unmarshal([]byte(`null`), &a))
	require.Equal(t, Amount(5), a, "null changes nothing, as everywhere in encoding/json")
}

// decodedMoney reads one amount as responses are read.
func decodedMoney(text string) (m Money, err error) {
	err = decodeJSON(V2, []byte(text), &m)
	return m, err
}

func TestMoney_CostsNoAllocation(t *testing.T) {
	var m Money
	var err error
	text, digits := "12345.67", []byte("12345.67")
	buf := make([]byte, 0, 32)
	a, b := USD(12345_67), USD(1)
	for name, f := range map[string]func(){
		"parse":     func() { m, err = ParseMoney(text, CurrencyUSD) },
		"read text": func() { err = m.Amount.UnmarshalText(digits) },
		"append":    func() { buf, err = a.Amount.AppendText(buf[:0]) },
		"add":       func() { m, err = a.Add(b) },
		"subtract":  func() { m, err = a.Sub(b) },
		"multiply":  func() { m, err = a.Mul(3) },
		"compare":   func() { _, err = a.Cmp(b) },
		"sum":       func() { m, err = Sum() },
	} {
		require.Zero(t, testing.AllocsPerRun(100, f), name)
		require.NoError(t, err, name)
	}
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

func FuzzParseMoney(f *testing.F) {
	for _, text := range []string{"37.0", "-5.25", "", "0.005", "1e2", "92233720368547758.07", "92233720368547758.08", "00000000000000000000000.01"} {
		f.Add(text, "USD")
	}
	f.Add("1.00", "usd")
	f.Fuzz(func(t *testing.T, text, currency string) {
		want, ok := decimal.Parse(text, 2)
		m, err := ParseMoney(text, Currency(currency))
		if !ok || strings.ContainsAny(text, "eE") || !currencyPattern.MatchString(currency) {
			require.ErrorIs(t, err, ErrAmount)
			require.Equal(t, Money{}, m)
			return
		}
		require.NoError(t, err)
		require.Equal(t, Money{Amount(want), Currency(currency)}, m)

		wire, err := json.Marshal(m)
		require.NoError(t, err)
		require.Equal(t, `{"amount":"`+m.Amount.String()+`","currency":"`+currency+`"}`, string(wire))
		var read Money
		require.NoError(t, json.Unmarshal(wire, &read))
		require.Equal(t, m, read)
		got, err := decodedMoney(string(wire))
		require.NoError(t, err)
		require.Equal(t, m, got)
	})
}

func FuzzAllocate(f *testing.F) {
	f.Add(int64(-5), int64(1), int64(2), int64(3), int64(4))
	f.Add(int64(math.MinInt64), int64(math.MaxInt64-3), int64(1), int64(1), int64(1))
	f.Add(int64(math.MaxInt64), int64(7), int64(11), int64(13), int64(math.MaxInt64-31))
	f.Add(int64(1), int64(-1), int64(0), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, total, w1, w2, w3, w4 int64) {
		weights := []int64{w1, w2, w3, w4}
		parts, err := USD(total).Allocate(weights...)
		want := slowAllocation(total, weights)
		if want == nil {
			require.ErrorIs(t, err, ErrAmount)
			require.Nil(t, parts)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, amounts(t, parts, CurrencyUSD))
	})
}

// slowAllocation computes the method of largest remainders with unlimited precision.
// It returns nil for invalid weights.
func slowAllocation(amount int64, weights []int64) []int64 {
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 || !total.IsInt64() {
		return nil
	}
	left := new(big.Int).Abs(big.NewInt(amount))
	shares, remainders := make([]*big.Int, len(weights)), make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		exact := new(big.Int).Mul(new(big.Int).Abs(big.NewInt(amount)), big.NewInt(w))
		shares[i], remainders[i] = new(big.Int).QuoRem(exact, total, new(big.Int))
		order[i] = i
	}
	for _, s := range shares {
		left.Sub(left, s)
	}
	slices.SortStableFunc(order, func(a, b int) int { return remainders[b].Cmp(remainders[a]) })
	for _, i := range order[:left.Int64()] {
		shares[i].Add(shares[i], big.NewInt(1))
	}
	parts := make([]int64, len(weights))
	for i, s := range shares {
		if amount < 0 {
			s.Neg(s)
		}
		parts[i] = s.Int64()
	}
	return parts
}
