package decimal

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse_TakesWhatHasOneExactMeaning(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"37": 37_00, "37.0": 37_00, "37.05": 37_05, "-0.5": -50, "0": 0, "-0": 0, "0.00": 0, "007": 7_00,
		"21.850": 21_85, "12.3400": 12_34, " 21.85 ": 21_85, "\t\r\n1\n": 1_00, "0.000": 0,
		"2185e-2": 21_85, "1e2": 100_00, "1E+2": 100_00, "0.1e1": 1_00, "100e-4": 1, "0e999999999999": 0,
		"92233720368547758.07": math.MaxInt64, "-92233720368547758.07": -math.MaxInt64, "9223372036854775807e-2": math.MaxInt64,
		"1" + strings.Repeat("0", 40) + "e-40": 1_00, strings.Repeat("0", 50) + ".01": 1, "1." + strings.Repeat("0", 50): 1_00,
	} {
		got, ok := Parse(text, 2)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
		got, ok = Parse([]byte(text), 2)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
}

func TestParse_RefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "-", "+1", ".", ".5", "5.", "1.2.3", "1,021.85", "12,00", "0.001", "1e-3", "1e", "e1", "1e+", "1e1e1", "1e1.0", "1 2", "--1",
		"0x10", "1_000", "NaN", "Infinity", "twelve", "92233720368547758.08", "-92233720368547758.08", "1e20", "1e400", "1e99999999999999999999",
		"1e-99999999999999999999", "184467440737095516.16", "٣",
	} {
		got, ok := Parse(text, 2)
		require.False(t, ok, text)
		require.Zero(t, got, text)
	}
}

var pattern = regexp.MustCompile(`^[ \t\r\n]*-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?[ \t\r\n]*$`)

// FuzzParse compares Parse with rational numbers.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"37.00", " 1e2 ", "-5.25", "0.001", "92233720368547758.07", "2185e-2", "1e-400", "00.10e+1"} {
		f.Add(text, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, scale uint8) {
		scale %= 10
		got, ok := Parse(text, int(scale))
		if strings.ContainsAny(text, "eE") && !pattern.MatchString(text) {
			return // an exponent of four digits is too much for rational numbers
		}
		var want *big.Int
		if r, valid := new(big.Rat).SetString(strings.Trim(text, " \t\r\n")); valid && pattern.MatchString(text) {
			r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
			if r.IsInt() && r.Num().CmpAbs(big.NewInt(math.MaxInt64)) <= 0 {
				want = r.Num()
			}
		}
		require.Equal(t, want != nil, ok, text)
		if ok {
			require.Equal(t, want.Int64(), got, text)
		}
	})
}
