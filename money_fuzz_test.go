package afterpay

import (
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/decimal"
)

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

func FuzzParseMoney(f *testing.F) {
	for _, text := range []string{
		"37.00", "37.0", "37", "-5.25", "", "-", ".", "1.", "0.005", "1e2", "92233720368547758.07", "92233720368547758.08",
		"-92233720368547758.08", "9223372036854775807", "00000000000000000000000.01", "1,000", "+1", "184467440737095516.16",
	} {
		f.Add(text, "USD")
	}
	f.Add("1.00", "usd")
	f.Add("1.00", "")
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

		again, err := ParseMoney(m.Amount.String(), m.Currency)
		require.NoError(t, err)
		require.Equal(t, m, again)
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
	f.Add(int64(10_00), int64(1), int64(1), int64(1), int64(0))
	f.Add(int64(-5), int64(1), int64(2), int64(3), int64(4))
	f.Add(int64(math.MinInt64), int64(math.MaxInt64-3), int64(1), int64(1), int64(1))
	f.Add(int64(math.MaxInt64), int64(7), int64(11), int64(13), int64(math.MaxInt64-31))
	f.Add(int64(1), int64(-1), int64(0), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, sum, w1, w2, w3, w4 int64) {
		weights := []int64{w1, w2, w3, w4}
		parts, err := USD(sum).Allocate(weights...)
		want := slowAllocation(sum, weights)
		if want == nil {
			require.ErrorIs(t, err, ErrAmount)
			require.Nil(t, parts)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, amounts(t, parts, CurrencyUSD))
		total := new(big.Int)
		for _, a := range want {
			total.Add(total, big.NewInt(a))
		}
		require.Zero(t, total.Cmp(big.NewInt(sum)), "parts add up to the sum")
	})
}

// slowAllocation is the method of largest remainders in numbers without limits;
// nil for weights that are refused.
func slowAllocation(sum int64, weights []int64) []int64 {
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
	left := new(big.Int).Abs(big.NewInt(sum))
	shares, remainders := make([]*big.Int, len(weights)), make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		exact := new(big.Int).Mul(new(big.Int).Abs(big.NewInt(sum)), big.NewInt(w))
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
		if sum < 0 {
			s.Neg(s)
		}
		parts[i] = s.Int64()
	}
	return parts
}
