package csvfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClean_StripsWhatSurroundsAText(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"":                   "",
		" \t x \u00a0":       "x",
		"\u200bx\u200e":      "x",
		"\ufeffx":            "x",
		`="00123"`:           "00123",
		`'="00123"`:          "00123",
		`=" '5"`:             "5",
		"'00123":             "00123",
		"'£5":                "£5",
		"'#REF!":             "#REF!",
		"'s-Hertogenbosch":   "'s-Hertogenbosch",
		"'éclair":            "'éclair",
		`=""`:                "",
		"a b":                "a b",
		"5\u00a0000":         "5\u00a0000",
		"\u2067hidden\u2069": "hidden",
	} {
		require.Equal(t, want, Clean(cell), "%q", cell)
	}
}

func TestID_RefusesWhatASpreadsheetHasChanged(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "100106000123": "100106000123", `="100106000123"`: "100106000123", "'100106000123": "100106000123",
		"00100106000123": "00100106000123", "ref_1-a.b:c": "ref_1-a.b:c", " 7 ": "7", "1E": "1E", "E11": "E11", "12E5a": "12E5a",
	} {
		id, err := ID(cell)
		require.NoError(t, err, cell)
		require.Equal(t, want, id)
	}
	for _, cell := range []string{
		"1.00106E+11", "1.00106E11", "1.00106e+11", "1,00106E+11", "1E+11", "1e11", "1.5E-3", "100106000000.0", "100106000000,00",
		"100,106,000,000", "100.106.000.000", "100 106 000", "100\u00a0106\u202f000", "100'106", "#REF!", "#N/A", "#n/a", "#VALUE!", "########",
		`="1.00106E+11"`,
	} {
		_, err := ID(cell)
		require.ErrorIs(t, err, ErrBroken, cell)
	}
	for _, cell := range []string{`"1`, "1 2", "1/2", "25/06/2024", "$10.00", "é", "1\x00", "=1", "1,2,3", "#1001", "\xa3"} {
		_, err := ID(cell)
		require.ErrorIs(t, err, ErrID, cell)
	}
}

func TestReference_TakesAnyTextThatIsWhole(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "#1001", "order 7", "12E5", "1.5", "2024.1", "100.106", `5" pipe`, "1,5", "A1/2", "é", "1,2,3"} {
		got, err := Reference(text)
		require.NoError(t, err, text)
		require.Equal(t, text, got)
	}
	for cell, want := range map[string]error{
		"1.00106E+11": ErrBroken, "1.00106E11": ErrBroken, "1E+11": ErrBroken, "1001.0": ErrBroken, "1001.00": ErrBroken,
		"100,106": ErrBroken, "#REF!": ErrBroken, "####": ErrBroken, `"A1`: ErrQuote,
	} {
		_, err := Reference(cell)
		require.ErrorIs(t, err, want, cell)
	}
}
