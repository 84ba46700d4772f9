package settlement

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestParseDecimal_ReadsUpToSixDecimals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Decimal{
		"0":                     0,
		"-0":                    0,
		"5":                     5_000000,
		"-297.27":               -297_270000,
		"296.705000":            296_705000,
		"0.000001":              1,
		"007.5":                 7_500000,
		" 5 ":                   5_000000,
		"1.0000000":             1_000000,
		"9223372036854.775807":  math.MaxInt64,
		"-9223372036854.775807": -math.MaxInt64,
	} {
		got, err := ParseDecimal(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestParseDecimal_RefusesWhatItCannotHoldExactly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-", ".", "5.", ".5", "+5", "--5", "5-", "1e3", "1,000", "12,50", "$5", "(5)", "0x1", "1.2.3", "1.2a",
		"0.0000001", "9223372036854.775808", "92233720368547758070", "-9223372036854.775808", "٣",
	} {
		_, err := ParseDecimal(text)
		require.ErrorIs(t, err, afterpay.ErrAmount, text)
	}
}

func TestRound_TakesAHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for in, want := range map[Decimal]int64{
		296_705000:    296_71, // seen: 311.00 less 14.295 was paid as 296.71
		-296_705000:   -296_71,
		138_985200:    138_99,
		296_704999:    296_70,
		-296_704999:   -296_70,
		4999:          0,
		5000:          1,
		-5000:         -1,
		0:             0,
		math.MaxInt64: 9223372036854_78,
		math.MinInt64: -9223372036854_78,
	} {
		require.Equal(t, afterpay.USD(want), in.Round(afterpay.CurrencyUSD), in.String())
	}
}

func TestDecimalText_IsExact(t *testing.T) {
	t.Parallel()
	for in, want := range map[Decimal]string{
		0:             "0.00",
		1:             "0.000001",
		-1:            "-0.000001",
		500000:        "0.50",
		296_705000:    "296.705",
		-297_270000:   "-297.27",
		1_000_010000:  "1000.01",
		math.MaxInt64: "9223372036854.775807",
		math.MinInt64: "-9223372036854.775808",
	} {
		require.Equal(t, want, in.String())
		appended, err := in.AppendText([]byte("net "))
		require.NoError(t, err)
		require.Equal(t, "net "+want, string(appended))
	}
}

func TestDecimalJSON_IsAString(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(map[string]Decimal{"net": 296_705000})
	require.NoError(t, err)
	require.JSONEq(t, `{"net":"296.705"}`, string(b))

	var back map[string]Decimal
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, Decimal(296_705000), back["net"])
	require.Error(t, json.Unmarshal([]byte(`{"net":"1,000"}`), &back))
}

func TestAdd_RefusesToOverflow(t *testing.T) {
	t.Parallel()
	sum, err := Decimal(311_000000).Add(-14_295000)
	require.NoError(t, err)
	require.Equal(t, Decimal(296_705000), sum)
	for _, c := range [][2]Decimal{
		{math.MaxInt64, 1}, {1, math.MaxInt64}, {-math.MaxInt64, -1}, {math.MinInt64, -1}, {math.MinInt64, 0},
	} {
		_, err := c[0].Add(c[1])
		require.ErrorIs(t, err, afterpay.ErrAmount, "%d + %d", c[0], c[1])
	}
}

func FuzzDecimalText(f *testing.F) {
	for _, seed := range []string{"296.705000", "-0.000001", "9223372036854.775807", "1,000", "", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDecimal(s)
		if err != nil {
			require.ErrorIs(t, err, afterpay.ErrAmount)
			return
		}
		again, err := ParseDecimal(d.String())
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}
