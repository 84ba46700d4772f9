package csvfile

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAmount_TakesEveryFormWithOneMeaning(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{
		"$37.00": 37_000000, "37": 37_000000, "-$297.27": -297_270000, "$-297.27": -297_270000, "- $ 297.27": -297_270000,
		"\u2212$297.27": -297_270000, "\u2013297.27": -297_270000, "12.34-": -12_340000, "12.34 -": -12_340000, "$12.34\u2212": -12_340000,
		"+5": 5_000000, "($5.00)": -5_000000, "$(5.00)": -5_000000, "(5.00) USD": -5_000000, "( 5.00 )": -5_000000,
		"$1,259.72": 1259_720000, "1,234,567.5": 1_234_567_500000, "1.234,56": 1234_560000, "1.234.567": 1_234_567_000000,
		"12,50": 12_500000, "12,5": 12_500000, "0,123": 123000, "1234,567": 1234_567000, "1,2345": 1_234500,
		"1 259,72 €": 1259_720000, "1\u00a0259.72": 1259_720000, "1\u202f259,72\u00a0€": 1259_720000, "1'259.72": 1259_720000,
		"1\u2019259.72": 1259_720000, "1 234,567": 1234_567000, "AUD 5.00": 5_000000, "5.00 aud": 5_000000, "5.00AUD": 5_000000, "US$296.705000": 296_705000,
		"'£5": 5_000000, `="$9.50"`: 9_500000, ".5": 500000, "5.": 5_000000, "$.50": 500000, "1.0000000": 1_000000, "007.5": 7_500000, "\xa310.00": 10_000000,
		"-0": 0, "0.00": 0, "$5 USD": 5_000000, "-USD $5.00": -5_000000, "US$5.00 USD": 5_000000,
	} {
		got, _, err := ParseAmount(cell, 6, AnySeparator)
		require.NoError(t, err, "%q", cell)
		require.Equal(t, want, got, "%q", cell)
	}
}

func TestParseAmount_RefusesWhatHasNoMeaningOrTwo(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]error{
		"1,234": ErrTwoAmounts, "1.234": ErrTwoAmounts, "-$296.705": ErrTwoAmounts, "100,000": ErrTwoAmounts,
		"#REF!": ErrBroken, "#N/A": ErrBroken, "1.5E+06": ErrBroken, "2185e-2": ErrBroken, "#####": ErrBroken,
	} {
		_, _, err := ParseAmount(cell, 6, AnySeparator)
		require.ErrorIs(t, err, want, cell)
	}
	for _, cell := range []string{
		"", " ", "-", "$", "()", "(", "USD", "--5", "-5-", "(-$5.00)", "-($5.00)", "$--5", "5+", "£5 USD", "USD 5 AUD", "kr 5 USD", "$5$", "$$5$", "1,23,456.00", "1,259,72", ",100,", "1,,000",
		"1,000.5,0", "12345,678.00", "$1.0000001", "$9,999,999,999,999,999", "1 23", "1 2345", "1.234.5", "1,234.567.8", "٣", "１２", "5%", "12-05", "5/6", "1_000",
		"0x10", "five", "1.2.3", `"5`, "5 5", ".", ",", "1 234 567,8 9", "100:00", "NaN", "1,000 000",
	} {
		_, currency, err := ParseAmount(cell, 6, AnySeparator)
		known, _ := CurrencyFits(currency, "USD")
		require.True(t, err != nil || !known, "%q", cell)
		if err != nil {
			require.ErrorIs(t, err, ErrAmount, "%q", cell)
		}
	}
	_, _, err := ParseAmount("0.001", 2, LikelyPoint)
	require.ErrorIs(t, err, ErrAmount)
	require.ErrorContains(t, err, "at most 2 decimals")
}

func TestParseAmount_TheSeparatorDecidesAboutGroupsOfThree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell      string
		separator Separator
		want      string // in thousandths, or the error
	}{
		{"1.234", Point, "1234"}, {"1.234", Comma, "1234000"}, {"1.234", LikelyPoint, "1234"},
		{"1,234", Point, "1234000"}, {"1,234", Comma, "1234"}, {"1,234", LikelyPoint, "error"},
		{"12,50", Point, "error"}, {"12.50", Comma, "error"}, {"12,50", LikelyPoint, "12500"},
		{"1.234,56", Point, "error"}, {"1,234.56", Comma, "error"}, {"1.234,56", LikelyPoint, "1234560"},
		{"1.234.567", Point, "error"}, {"1,234,567", Comma, "error"}, {"1.234.567", LikelyPoint, "1234567000"},
		{"1.234,5", Comma, "1234500"}, {"1,234.5", Point, "1234500"},
	} {
		got, _, err := ParseAmount(c.cell, 3, c.separator)
		if c.want == "error" {
			require.Error(t, err, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		require.Equal(t, c.want, strconv.FormatInt(got, 10), "%+v", c)
	}
}

func TestCurrencyFits_ChecksTheSymbolAgainstTheCode(t *testing.T) {
	t.Parallel()
	codes := []string{"AUD", "NZD", "USD", "CAD", "GBP", "EUR"}
	for symbol, fits := range map[string]string{
		"": "AUD NZD USD CAD GBP EUR", "$": "AUD NZD USD CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "US$": "USD", "C$": "CAD",
		"CA$": "CAD", "£": "GBP", "\xa3": "GBP", "€": "EUR", "\x80": "EUR", "USD": "USD", "usd": "USD", "au$": "AUD",
	} {
		for _, code := range codes {
			known, ok := CurrencyFits(symbol, code)
			require.True(t, known, "%q", symbol)
			require.Equal(t, strings.Contains(fits, code), ok, "%q for %s", symbol, code)
		}
	}
	for _, unknown := range []string{"kr", "$$", "¥", "R$", "-", "%", "\xa4", "US", "DOLLARS"} {
		known, _ := CurrencyFits(unknown, "USD")
		require.False(t, known, unknown)
	}
}

func TestCurrencyCode_RefusesTheSymbolOfSeveral(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{" usd ": "USD", "US$": "USD", "£": "GBP", "€": "EUR", "=\"NZD\"": "NZD", "\xa3": "GBP"} {
		code, ok := CurrencyCode(text)
		require.True(t, ok, text)
		require.Equal(t, want, code)
	}
	for _, text := range []string{"", "$", "dollars", "us", "U$D", "123", "\xff\xff\xff"} {
		_, ok := CurrencyCode(text)
		require.False(t, ok, text)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, seed := range []string{"$1,259.72", "(12.34) AUD", "1.234,56", "12.34-", "1\u00a0000", "\xa35", "1,234"} {
		f.Add(seed, byte(0))
	}
	f.Fuzz(func(t *testing.T, cell string, separator byte) {
		value, currency, err := ParseAmount(cell, 6, Separator(separator%4))
		if err != nil {
			require.Zero(t, value)
			require.Empty(t, currency)
			return
		}
		// Whatever was read has the same digits.
		kept := func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}
		if value < 0 {
			value = -value
		}
		require.Equal(t, strings.Trim(strings.Map(kept, cell), "0"), strings.Trim(strconv.FormatInt(value, 10), "0"), "%q", cell)
	})
}
