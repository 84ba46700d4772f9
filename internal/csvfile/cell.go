package csvfile

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean strips what surrounds the text of a cell: white space, invisible
// characters, and what spreadsheets add to keep a number a text, as in
// ="00123" and '00123. An apostrophe before a letter belongs to the text, as in
// 's-Hertogenbosch.
func Clean(cell string) string {
	for {
		cell = trim(cell)
		n := len(cell)
		switch {
		case n > 2 && cell[0] == '=' && cell[1] == '"' && cell[n-1] == '"':
			cell = cell[2 : n-1]
		case n > 1 && cell[0] == '\'' && !startsWithLetter(cell[1:]):
			cell = cell[1:]
		default:
			return cell
		}
	}
}

func startsWithLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

func trim(s string) string {
	if s == "" || visible(s[0]) && visible(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// visible reports whether a byte is an ASCII character other than white space.
func visible(c byte) bool { return c > ' ' && c < 0x7f }

// Faults of a cell, for errors.Is.
var (
	// ErrBroken says that a spreadsheet has rounded or replaced the value. The
	// file has to be exported again.
	ErrBroken = errors.New("a spreadsheet has changed the value; export the file again, or format the column as text")
	// ErrID says that a text cannot be an id.
	ErrID = errors.New("an id has only letters, digits, hyphens, points, colons and underscores")
	// ErrQuote says that a text keeps quotation marks that are not closed.
	ErrQuote = errors.New("the quotation marks are broken")
)

// ID returns the id of an order, payment or refund in a cell, or "" for a blank
// one. ErrBroken: 1.00106E+11, 100106000000.0, 100,106,000,000 and #REF!.
// ErrID: anything else that has other characters than ids have.
func ID(cell string) (string, error) {
	id := Clean(cell)
	if isErrorValue(id) || isScientific(id) || isDecimal(id) || isGrouped(id, groupSigns) {
		return "", ErrBroken
	}
	for i := range len(id) {
		if c := id[i] | 0x20; (c < 'a' || c > 'z') && (id[i] < '0' || id[i] > '9') && strings.IndexByte("-_.:", id[i]) < 0 {
			return "", ErrID
		}
	}
	return id, nil
}

// Reference returns a merchant's own reference in a cell, which may be any
// text, or "" for a blank one. ErrBroken: 1.00106E+11, 1001.0, 100,106 and
// #REF!. ErrQuote: a text that begins with a quotation mark.
func Reference(cell string) (string, error) {
	text := Clean(cell)
	switch {
	case isErrorValue(text), isGrouped(text, ","), isDecimal(text) && strings.Trim(text[strings.IndexAny(text, ".,")+1:], "0") == "",
		isScientific(text) && strings.ContainsAny(text, ".,+"):
		return "", ErrBroken
	case strings.HasPrefix(text, `"`):
		return "", ErrQuote
	}
	return text, nil
}

// isErrorValue reports whether a spreadsheet shows text in place of a value: the
// name of an error, or signs in a column that is too narrow.
func isErrorValue(text string) bool {
	if !strings.HasPrefix(text, "#") {
		return false
	}
	switch strings.ToUpper(text) {
	case "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ERROR!", "#GETTING_DATA",
		"#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#PYTHON!", "#EXTERNAL!":
		return true
	}
	return strings.Trim(text, "#") == ""
}

// isScientific reports whether text is a number such as 1.00106E+11.
func isScientific(text string) bool {
	at := max(strings.IndexByte(text, 'e'), strings.IndexByte(text, 'E'))
	if at < 0 {
		return false
	}
	mantissa, exponent := text[:at], text[at+1:]
	if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
		exponent = exponent[1:]
	}
	return isDigits(exponent) && (isDigits(mantissa) || isDecimal(mantissa))
}

// isDecimal reports whether text is digits, one point or comma, and digits.
func isDecimal(text string) bool {
	at := strings.IndexAny(text, ".,")
	return at > 0 && isDigits(text[:at]) && isDigits(text[at+1:])
}

// isGrouped reports whether text is digits in groups of three, with one of the
// separators between them.
func isGrouped(text, separators string) bool {
	start := strings.IndexAny(text, separators)
	if start < 1 || start > 3 || !isDigits(text[:start]) {
		return false
	}
	for rest := text[start:]; rest != ""; rest = rest[3:] {
		sign, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		if !strings.ContainsRune(separators, sign) || len(rest) < 3 || !isDigits(rest[:3]) {
			return false
		}
	}
	return true
}

// groupSigns are the signs that separate thousands.
const groupSigns = ",.' \u00a0\u202f\u2009\u2019"

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
