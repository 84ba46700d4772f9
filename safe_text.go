package afterpay

import "strings"

// plain returns text when it can only be an identifier that the service made up,
// and nothing of it otherwise: what the other side sends is not trusted to hold
// no personal data. Tokens are longer or hold a dot.
func plain(text string) string {
	if len(text) > 40 || strings.ContainsFunc(text, func(r rune) bool { return !isWord(r) && r != '-' && r != '_' }) {
		return ""
	}
	return text
}

// plainPath is plain for the path of a member, such as items[2].price.
func plainPath(text string) string {
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || len(part) > 40 || strings.ContainsFunc(part, func(r rune) bool { return !isWord(r) && r != '[' && r != ']' }) {
			return ""
		}
	}
	return text
}

func isWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// safeMoney is a sum whose currency may be anything that was sent.
func safeMoney(m Money) string {
	m.Currency = Currency(plain(string(m.Currency)))
	return m.String()
}

// SafeToLog marks Error's text as holding no secret and no personal data.
func (e *Error) SafeToLog() {}

// SafeToLog marks the kind's text as holding no secret and no personal data.
func (k Kind) SafeToLog() {}
