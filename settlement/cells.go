package settlement

import (
	"strings"

	"github.com/afterpay-go/afterpay"
)

// cleaned strips what spreadsheets put around a cell to keep it a text: blanks,
// ="123", and the apostrophe before a number or a formula sign. An apostrophe
// before a letter belongs to the text, as in 's-Hertogenbosch.
func cleaned(cell string) string {
	for {
		cell = strings.TrimSpace(cell)
		n := len(cell)
		switch {
		case n > 2 && cell[0] == '=' && cell[1] == '"' && cell[n-1] == '"':
			cell = cell[2 : n-1]
		case n > 1 && cell[0] == '\'' && strings.IndexByte("0123456789=+-@$(", cell[1]) >= 0:
			cell = cell[1:]
		default:
			return cell
		}
	}
}

// roundedBySpreadsheet reports whether an id was turned into a float on its
// way, as in 1.00101E+11: its last digits are gone.
func roundedBySpreadsheet(id string) bool {
	mantissa, exponent, found := strings.Cut(strings.ToUpper(id), "E+")
	return found && mantissa != "" && exponent != "" &&
		strings.Trim(mantissa, "0123456789.,") == "" && strings.Trim(exponent, "0123456789") == ""
}

// parseMoney reads a cell such as $37.00, -$297.27, $1,259.72 or ($5.00) and
// returns the symbol apart.
func parseMoney(cell string) (amount Decimal, symbol string, ok bool) {
	s := strings.TrimPrefix(cell, "'")
	var negative bool
	if n := len(s); n > 2 && s[0] == '(' && s[n-1] == ')' {
		s, negative = s[1:n-1], true
	} else {
		s, negative = cutMinus(s)
	}
	start := 0
	for start < len(s) && (s[start] < '0' || s[start] > '9') && !strings.HasPrefix(s[start:], "-") {
		start++
	}
	symbol, s = strings.TrimSpace(s[:start]), s[start:]
	if !negative {
		s, negative = cutMinus(s)
	}
	amount, ok = parseUnsigned(s)
	if negative {
		amount = -amount
	}
	return amount, symbol, ok
}

// cutMinus cuts a leading hyphen or the typographic minus sign.
func cutMinus(s string) (rest string, negative bool) {
	if rest, negative = strings.CutPrefix(s, "-"); negative {
		return rest, true
	}
	return strings.CutPrefix(s, "\u2212")
}

// symbolFits reports whether a symbol before an amount is one at all, and
// whether it may stand for the currency. The bytes 0xA3 and 0x80 are the pound
// and the euro in files that a spreadsheet saved as Windows-1252.
func symbolFits(symbol string, c afterpay.Currency) (known, fits bool) {
	switch symbol {
	case "":
		return true, true
	case "$":
		return true, c == afterpay.CurrencyAUD || c == afterpay.CurrencyNZD ||
			c == afterpay.CurrencyUSD || c == afterpay.CurrencyCAD
	case "£", "\xa3":
		return true, c == afterpay.CurrencyGBP
	case "€", "\x80":
		return true, c == afterpay.CurrencyEUR
	case "A$", "AU$":
		return true, c == afterpay.CurrencyAUD
	case "NZ$":
		return true, c == afterpay.CurrencyNZD
	case "US$":
		return true, c == afterpay.CurrencyUSD
	case "C$", "CA$":
		return true, c == afterpay.CurrencyCAD
	}
	return isCurrencyCode(symbol), symbol == string(c)
}

func isCurrencyCode(s string) bool {
	_, err := afterpay.ParseMoney("0", afterpay.Currency(s))
	return err == nil
}

// isOne reports whether an exchange rate is 1, however many zeros it has.
func isOne(rate string) bool {
	whole, fraction, _ := strings.Cut(rate, ".")
	return whole == "1" && strings.Trim(fraction, "0") == ""
}
