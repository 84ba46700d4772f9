// Package decimal reads decimal numbers exactly, without floats.
package decimal

import "math"

// Parse returns text times ten to the power of scale: Parse("37.5", 2) is 3750.
// It takes whatever has one exact meaning: an optional minus, digits, optionally
// a point and more digits, and an optional exponent, with white space around
// them, as in "21.850", "2185e-2" and " 21.85 ". It reports false for anything
// else, for more decimals than scale, and for a result outside ±math.MaxInt64.
func Parse[T string | []byte](text T, scale int) (int64, bool) {
	text = trim(text)
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	mantissa, exponent, ok := split(text)
	if !ok {
		return 0, false
	}
	n, power, ok := digits(mantissa)
	if !ok {
		return 0, false
	}
	for power += exponent + scale; power > 0 && n != 0; power-- {
		if n > math.MaxInt64/10 {
			return 0, false
		}
		n *= 10
	}
	switch {
	case n == 0:
		return 0, true
	case power < 0 || n > math.MaxInt64:
		return 0, false
	case negative:
		return -int64(n), true
	}
	return int64(n), true
}

func trim[T string | []byte](text T) T {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isSpace(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// split returns what stands in front of an exponent, and the exponent, which is 0
// if there is none. Exponents beyond a million are cut to that.
func split[T string | []byte](text T) (mantissa T, exponent int, ok bool) {
	at := 0
	for at < len(text) && text[at] != 'e' && text[at] != 'E' {
		at++
	}
	if at == len(text) {
		return text, 0, true
	}
	mantissa, rest := text[:at], text[at+1:]
	negative := len(rest) > 0 && rest[0] == '-'
	if negative || len(rest) > 0 && rest[0] == '+' {
		rest = rest[1:]
	}
	for i := range len(rest) {
		if rest[i] < '0' || rest[i] > '9' {
			return text, 0, false
		}
		exponent = min(10*exponent+int(rest[i]-'0'), 1_000_000)
	}
	if negative {
		exponent = -exponent
	}
	return mantissa, exponent, len(rest) > 0
}

// digits returns the digits of a mantissa as a number, without the zeros at its
// end, and the power of ten that it is to be multiplied by.
func digits[T string | []byte](text T) (n uint64, power int, ok bool) {
	if len(text) == 0 || text[0] == '.' || text[len(text)-1] == '.' {
		return 0, 0, false
	}
	zeros, point := 0, false
	for i := range len(text) {
		c := text[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			return 0, 0, false
		}
		if point {
			power--
		}
		if c == '0' {
			zeros++
			continue
		}
		for ; zeros >= 0; zeros-- {
			if n > math.MaxInt64/10 {
				return 0, 0, false
			}
			n *= 10
		}
		n, zeros = n+uint64(c-'0'), 0
	}
	return n, power + zeros, true
}
