package wire

import (
	"strconv"
	"unicode/utf8"
)

// Encoder writes one JSON object member by member. Members with an empty value
// are left out unless the method says otherwise.
type Encoder struct {
	buf   []byte
	fresh bool // nothing stands yet between the bracket and the end
}

// Reset starts a new text in the space of buf.
func (e *Encoder) Reset(buf []byte) { *e = Encoder{buf: buf[:0]} }

// Bytes returns what was written, in the space given to Reset or, if that was
// too small, in new space.
func (e *Encoder) Bytes() []byte { return e.buf }

// Open begins an object or array that has no name: the text itself, or an
// element.
func (e *Encoder) Open(bracket byte) {
	e.comma()
	e.buf = append(e.buf, bracket)
	e.fresh = true
}

// OpenMember begins an object or array under a name.
func (e *Encoder) OpenMember(name string, bracket byte) {
	e.Name(name)
	e.buf = append(e.buf, bracket)
	e.fresh = true
}

// Close ends what was opened last with the given bracket.
func (e *Encoder) Close(bracket byte) {
	e.buf = append(e.buf, bracket)
	e.fresh = false
}

// Name writes a member's name; Append must follow.
func (e *Encoder) Name(name string) {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, '"', ':')
}

// Append adds a value, which must be JSON, after Name.
func (e *Encoder) Append(value []byte) { e.buf = append(e.buf, value...) }

// String writes a string, if it is not empty.
func (e *Encoder) String(name, value string) {
	if value != "" {
		e.Always(name, value)
	}
}

// Always writes a string, even an empty one.
func (e *Encoder) Always(name, value string) {
	e.Name(name)
	e.buf = appendString(e.buf, value)
}

// Element writes a string as an element of an array.
func (e *Encoder) Element(value string) {
	e.comma()
	e.buf = appendString(e.buf, value)
}

// Int writes a number, even 0.
func (e *Encoder) Int(name string, value int) {
	e.Name(name)
	e.buf = strconv.AppendInt(e.buf, int64(value), 10)
}

// True writes true, if it is.
func (e *Encoder) True(name string, value bool) {
	if value {
		e.Name(name)
		e.buf = append(e.buf, "true"...)
	}
}

// comma separates a member or element from the one before it.
func (e *Encoder) comma() {
	if !e.fresh && len(e.buf) > 0 {
		e.buf = append(e.buf, ',')
	}
	e.fresh = false
}

const hexDigits = "0123456789abcdef"

// appendString writes a string in quotes. What is not UTF-8 becomes the
// replacement character.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(b, s[from:i]...)
			b = append(b, "\uFFFD"...)
		} else {
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
		}
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
