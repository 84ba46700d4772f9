package radial

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A rule is a restriction on a value. It returns what is wrong, in words that
// do not repeat the value, or nothing.
type rule func(value string) (problem string)

// length restricts the number of characters. A most of 0 is no limit.
func length(least, most int) rule {
	return func(value string) string {
		switch n := utf8.RuneCountInString(value); {
		case least == most && n != most:
			return fmt.Sprintf("has %d characters instead of %d", n, most)
		case n < least:
			return fmt.Sprintf("has %d characters, fewer than %d", n, least)
		case most > 0 && n > most:
			return fmt.Sprintf("has %d characters, more than %d", n, most)
		}
		return ""
	}
}

// digits restricts a value to ASCII digits.
func digits(value string) string {
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			return "must be digits only"
		}
	}
	return ""
}

// oneOf restricts a value to an enumeration.
func oneOf[E ~string](known ...E) rule {
	return func(value string) string {
		if slices.Contains(known, E(value)) {
			return ""
		}
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = string(k)
		}
		return "must be one of " + strings.Join(names, ", ")
	}
}

// country restricts a value to the form of an ISO 3166-1 alpha-2 code.
func country(value string) string {
	if !isCode(value, 2) {
		return "must be two upper-case letters"
	}
	return ""
}

// date restricts a value to a day that exists.
func date(value string) string {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return "must be a date such as 2018-05-03"
	}
	return ""
}

// isCode reports whether text is n letters from A to Z.
func isCode(text string, n int) bool {
	if len(text) != n {
		return false
	}
	for i := range len(text) {
		if text[i] < 'A' || text[i] > 'Z' {
			return false
		}
	}
	return true
}

// phoneDigits is a phone number as Radial takes it: its digits alone. So
// +1 (212) 555-0100 is sent as 12125550100.
func phoneDigits(number string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, number)
}

// positive restricts a whole number to 1 and more.
func positive(value string) string {
	if value == "0" || strings.HasPrefix(value, "-") {
		return "must be 1 or more"
	}
	return ""
}
