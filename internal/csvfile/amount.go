package csvfile

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay/internal/decimal"
)

// Separator says which sign separates the decimals of a number. It decides
// about 1.234 and 1,234, which are otherwise a thousand or one and a fraction.
type Separator uint8

const (
	// AnySeparator reads 1.234,56 and 1,234.56 and 12,50, and refuses 1.234 and
	// 1,234 with ErrTwoAmounts.
	AnySeparator Separator = iota
	// LikelyPoint is AnySeparator with 1.234 taken as one and a fraction, as in
	// the files that Afterpay writes.
	LikelyPoint
	// Point takes the point only, and commas as separators of thousands.
	Point
	// Comma takes the comma only, and points as separators of thousands.
	Comma
)

// Faults of an amount, for errors.Is.
var (
	// ErrAmount says that a text is not an amount, or one that is too large or
	// has too many decimals.
	ErrAmount = errors.New("want a number such as -$1,259.72")
	// ErrTwoAmounts says that a text is one of two amounts.
	ErrTwoAmounts = errors.New("ambiguous separator of thousands or decimals")
)

// ParseAmount reads an amount times ten to the power of scale, and the currency
// symbol or code beside it. A cell may have a minus in front or behind, or
// parentheses for a negative amount; separators of thousands; and a symbol or
// code in front or behind: $37.00, -$297.27, (12.34), 12.34-, 1 259,72 €,
// AUD 5.00. ErrBroken: 1.5E+06 and #REF!. A blank cell is ErrAmount.
func ParseAmount(cell string, scale int, separator Separator) (value int64, currency string, err error) {
	text := Clean(cell)
	if isErrorValue(text) || isScientific(text) {
		return 0, "", ErrBroken
	}
	number, currency, negative, ok := cutSigns(text)
	if !ok {
		return 0, "", ErrAmount
	}
	plain, err := plainNumber(number, separator)
	if err != nil {
		return 0, "", err
	}
	value, ok = decimal.Parse(plain, scale)
	if !ok {
		return 0, "", fmt.Errorf("%w with at most %d decimals", ErrAmount, scale)
	}
	if negative {
		value = -value
	}
	return value, currency, nil
}

// cutSigns takes the signs around a number off: parentheses, a minus, a plus,
// and a currency. There may be one sign, and one currency or two that agree, as
// in $5.00 AUD.
func cutSigns(text string) (number, currency string, negative, ok bool) {
	signs := 0
	for {
		text = trim(text)
		if n := len(text); n > 0 && isDigits(text[:1]) && isDigits(text[n-1:]) {
			return text, currency, negative, signs <= 1
		}
		if inner, found := cutParentheses(text); found {
			text, negative = inner, true
			signs++
			continue
		}
		if rest, minus, found := cutSign(text); found {
			text, negative = rest, minus
			signs++
			continue
		}
		rest, word := cutWord(text)
		if word == "" {
			return text, currency, negative, signs <= 1 && text != ""
		}
		if currency, ok = oneCurrency(currency, word); !ok {
			return "", "", false, false
		}
		text = rest
	}
}

// oneCurrency returns the more precise of two currencies beside an amount, which
// must agree.
func oneCurrency(a, b string) (string, bool) {
	for _, pair := range [...][2]string{{a, b}, {b, a}} {
		if code, ok := CurrencyCode(pair[1]); pair[0] == "" {
			return pair[1], true
		} else if _, fits := CurrencyFits(pair[0], code); ok && fits {
			return pair[1], true
		}
	}
	return "", false
}

func cutParentheses(text string) (string, bool) {
	if len(text) > 2 && text[0] == '(' && text[len(text)-1] == ')' {
		return text[1 : len(text)-1], true
	}
	return text, false
}

// cutSign cuts a plus, a hyphen, the minus sign or an en dash.
func cutSign(text string) (rest string, minus, found bool) {
	for _, sign := range [...]string{"-", "\u2212", "\u2013", "+"} {
		if rest, found = strings.CutPrefix(text, sign); found {
			return rest, sign != "+", true
		}
		if rest, found = strings.CutSuffix(text, sign); found && sign != "+" {
			return rest, true, true
		}
	}
	return text, false, false
}

// cutWord cuts the currency in front of or behind a number.
func cutWord(text string) (rest, word string) {
	if end := strings.IndexFunc(text, notInWord); end > 0 {
		return text[end:], text[:end]
	}
	if start := strings.LastIndexFunc(text, notInWord); start >= 0 {
		_, size := utf8.DecodeRuneInString(text[start:])
		return text[:start+size], text[start+size:]
	}
	return text, ""
}

// notInWord reports whether r cannot be part of a currency. utf8.RuneError can
// be one: a byte of Windows-1252, such as 0xA3 for the pound.
func notInWord(r rune) bool {
	return r < utf8.RuneSelf && !unicode.IsLetter(r) && r != '$' || unicode.IsSpace(r) || unicode.IsDigit(r) ||
		r == '\u2212' || r == '\u2013' || r == '\u2019'
}

// plainNumber returns digits with a point before the decimals, as in 1234.56.
func plainNumber(text string, separator Separator) (string, error) {
	point, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	at := -1 // of the decimal separator
	switch {
	case separator == Point:
		at = point
	case separator == Comma:
		at = comma
	case point >= 0 && comma >= 0:
		at = max(point, comma)
	case point >= 0 || comma >= 0:
		at = max(point, comma)
		alone := strings.Count(text, text[at:at+1]) == 1
		isGroup := len(text)-at == 4 && text[0] != '0' && isGrouped(text, ".,")
		switch {
		case isGroup && !alone:
			at = -1
		case isGroup && !(separator == LikelyPoint && at == point):
			return "", ErrTwoAmounts
		}
	}
	whole, fraction, sign := text, "", ""
	if at >= 0 {
		whole, fraction, sign = text[:at], text[at+1:], text[at:at+1]
	}
	if !isDigits(whole) && whole != "" {
		joined, ok := joinGroups(whole, sign)
		if !ok {
			return "", ErrAmount
		}
		whole = joined
	}
	if whole == "" && fraction == "" || fraction != "" && !isDigits(fraction) {
		return "", ErrAmount
	}
	if fraction == "" {
		return whole, nil
	}
	if sign == "." && len(whole)+1+len(fraction) == len(text) && whole != "" {
		return text, nil // as it is, without a copy
	}
	return "0" + whole + "." + fraction, nil
}

// joinGroups removes the separators of thousands, which must all be the same
// and differ from the sign before the decimals.
func joinGroups(text, decimalSign string) (string, bool) {
	at := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	_, size := utf8.DecodeRuneInString(text[at:])
	sign := text[at : at+size]
	if sign == decimalSign || !strings.Contains(groupSigns, sign) || !isGrouped(text, sign) {
		return "", false
	}
	return strings.ReplaceAll(text, sign, ""), true
}

// CurrencyFits reports whether a currency symbol or code beside an amount is
// known, and whether it can stand for the currency with this code. The bytes
// 0xA3 and 0x80 are the pound and the euro in Windows-1252.
func CurrencyFits(symbol, code string) (known, fits bool) {
	switch strings.ToUpper(symbol) {
	case "":
		return true, true
	case "$":
		return true, code == "AUD" || code == "NZD" || code == "USD" || code == "CAD"
	}
	meant, ok := CurrencyCode(symbol)
	return ok, meant == code
}

// CurrencyCode returns the code of the currency that a symbol or code in any
// case stands for. "$" stands for several and is refused.
func CurrencyCode(text string) (code string, ok bool) {
	text = Clean(text)
	switch text {
	case "£", "\xa3":
		return "GBP", true
	case "€", "\x80":
		return "EUR", true
	}
	switch text = strings.ToUpper(text); text {
	case "A$", "AU$":
		return "AUD", true
	case "NZ$":
		return "NZD", true
	case "US$":
		return "USD", true
	case "C$", "CA$":
		return "CAD", true
	}
	return text, len(text) == 3 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
