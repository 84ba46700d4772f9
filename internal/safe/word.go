package safe

import (
	"log/slog"
	"strings"
	"unicode/utf8"
)

// The longest words, identifiers, keys and paths that are shown, in bytes. An order's
// token is longer than an identifier may be.
const (
	maxWord = 40
	maxID   = 40
	maxKey  = 64
	maxPath = 100
)

// Word returns s if it can be a word of an API, such as a state, an event type
// or a country code: up to 40 ASCII letters, joined by underscores, hyphens or
// dots. It returns "" otherwise.
func Word(s string) string {
	if len(s) > maxWord || strings.ContainsFunc(s, func(r rune) bool { return !letter(r) && r != '_' && r != '-' && r != '.' }) {
		return ""
	}
	return s
}

// ID returns s if a machine made it up, as the error ids, correlation ids and
// ray ids that a server sends are: 15 to 40 hexadecimal digits and hyphens that
// are no decimal number, or 20 to 40 letters and digits that alternate as
// random ones do. It returns "" for anything else, and so for a name, a phone
// number and an order's token.
func ID(s string) string {
	id := s
	if i := len(id) - len("-SYD"); i > 0 && id[i] == '-' && !strings.ContainsFunc(id[i+1:], func(r rune) bool { return r < 'A' || r > 'Z' }) {
		id = id[:i] // Cloudflare's ray ids end with the airport of the data center
	}
	if len(s) > maxID || !hexadecimal(id) && !random(id) {
		return ""
	}
	return s
}

// hexadecimal reports whether s is long enough not to be a phone number, and has
// a letter or begins with more zeros than a number does.
func hexadecimal(s string) bool {
	const shortest = 15
	letters := 0
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'f', 'A' <= r && r <= 'F':
			letters++
		case !digit(r) && r != '-':
			return false
		}
	}
	return len(s) >= shortest && (letters > 0 || strings.HasPrefix(s, "0000"))
}

// random reports whether letters and digits alternate in s more often than they
// do in a name with a number.
func random(s string) bool {
	const shortest, fewest = 20, 3
	changes := 0
	for i, r := range s {
		if !letterOrDigit(r) {
			return false
		}
		if i > 0 && digit(r) != digit(rune(s[i-1])) {
			changes++
		}
	}
	return len(s) >= shortest && changes >= fewest
}

// Key returns s if it can be an identifier of a payment or a request: up to 64
// ASCII letters, digits, hyphens, underscores, dots and colons. It returns ""
// otherwise, and for an order's token, which begins with three digits and a dot.
// What the caller puts into its own request ids is shown.
func Key(s string) string {
	if len(s) > maxKey || strings.ContainsFunc(s, func(r rune) bool { return !letterOrDigit(r) && !strings.ContainsRune("-_.:", r) }) {
		return ""
	}
	if len(s) > 3 && s[3] == '.' && !strings.ContainsFunc(s[:3], func(r rune) bool { return !digit(r) }) {
		return ""
	}
	return s
}

// Path returns the path of a field, such as items[2].price.amount, as far as
// known reports each of its names, its indexes have at most four digits and it
// has at most 100 bytes. It returns "" if not even the first name is known.
func Path(s string, known func(name string) bool) string {
	end := 0
	for part := range strings.SplitSeq(s, ".") {
		name, index, indexed := strings.Cut(part, "[")
		if !known(name) || end+len(".")+len(part) > maxPath {
			break
		}
		if end > 0 {
			end++
		}
		if indexed && !isIndex(index) {
			return s[:end+len(name)]
		}
		end += len(part)
	}
	return s[:end]
}

// isIndex reports whether s is what follows the bracket of an index.
func isIndex(s string) bool {
	digits, closed := strings.CutSuffix(s, "]")
	return closed && digits != "" && len(digits) <= 4 && !strings.ContainsFunc(digits, func(r rune) bool { return !digit(r) })
}

// Limit returns the first n bytes of s at most, with an ellipsis at the end if
// something was cut off.
func Limit(s string, n int) string {
	const ellipsis = "…"
	if len(s) <= n {
		return s
	}
	end := max(n-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// Redacted is what slog shows of a value that holds nothing else.
func Redacted() slog.Value { return slog.StringValue("[redacted]") }

func letter(r rune) bool        { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func digit(r rune) bool         { return '0' <= r && r <= '9' }
func letterOrDigit(r rune) bool { return letter(r) || digit(r) }
