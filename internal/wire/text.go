package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string, whose opening quote is the next byte. A string of plain
// ASCII is returned in place.
func (d *Decoder) text() []byte {
	if d.err != nil {
		return nil
	}
	d.pos++
	rest := d.data[d.pos:]
	i := plain(rest)
	switch {
	case i < len(rest) && rest[i] == '"':
		d.pos += i + 1
		return rest[:i]
	case i < len(rest) && rest[i] >= ' ':
		return d.unquote(i)
	}
	d.pos += i
	d.syntax()
	return nil
}

// plain returns how many bytes at the start of text stand for themselves: ASCII
// characters but for controls, quotes and backslashes. It looks at eight bytes at
// a time. Of each byte, the highest bit tells: it is set beyond ASCII, and a
// subtraction sets it if the byte is smaller than what is subtracted. A borrow
// from a byte only changes bytes behind it, which do not count any more.
func plain(text []byte) int {
	const each = 0x0101010101010101
	i := 0
	for ; i+8 <= len(text); i += 8 {
		eight := binary.LittleEndian.Uint64(text[i:])
		control, quote, backslash := eight-each*' ', (eight^each*'"')-each, (eight^each*'\\')-each
		if special := (eight | control | quote | backslash) & (each * 0x80); special != 0 {
			return i + bits.TrailingZeros64(special)/8
		}
	}
	for i < len(text) && ' ' <= text[i] && text[i] < utf8.RuneSelf && text[i] != '"' && text[i] != '\\' {
		i++
	}
	return i
}

// unquote reads the rest of a string with escapes or characters beyond ASCII, which
// begins with a number of plain bytes. Bytes that are not UTF-8 become the
// replacement character.
func (d *Decoder) unquote(plain int) []byte {
	out := append(make([]byte, 0, plain+32), d.data[d.pos:d.pos+plain]...)
	d.pos += plain
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			d.pos++
			return out
		case c == '\\':
			d.pos++
			out = d.escape(out)
		case c < ' ':
			d.syntax()
			return nil
		case c < utf8.RuneSelf:
			out = append(out, c)
			d.pos++
		default:
			r, size := utf8.DecodeRune(d.data[d.pos:])
			out = utf8.AppendRune(out, r)
			d.pos += size
		}
	}
	d.syntax()
	return nil
}

const (
	escaped   = `"\/bfnrt`
	unescaped = "\"\\/\b\f\n\r\t"
)

// escape reads an escape behind its backslash.
func (d *Decoder) escape(out []byte) []byte {
	if d.pos >= len(d.data) {
		d.syntax()
		return nil
	}
	c := d.data[d.pos]
	d.pos++
	if i := strings.IndexByte(escaped, c); i >= 0 {
		return append(out, unescaped[i])
	}
	if c != 'u' {
		d.syntax()
		return nil
	}
	r := d.hex()
	if utf16.IsSurrogate(r) {
		// Half of a surrogate pair is not a character.
		mark := d.pos
		if bytes.HasPrefix(d.data[d.pos:], []byte(`\u`)) {
			d.pos += 2
			r = utf16.DecodeRune(r, d.hex())
		} else {
			r = utf8.RuneError
		}
		if r == utf8.RuneError && d.err == nil {
			d.pos = mark
		}
	}
	return utf8.AppendRune(out, r)
}

// hex reads the four digits of a \u escape.
func (d *Decoder) hex() rune {
	if d.pos+4 > len(d.data) {
		d.syntax()
		return 0
	}
	n, err := strconv.ParseUint(string(d.data[d.pos:d.pos+4]), 16, 16)
	if err != nil {
		d.syntax()
		return 0
	}
	d.pos += 4
	return rune(n)
}

const hexDigits = "0123456789abcdef"

// appendString appends a string in quotes. Bytes that are not UTF-8 become the
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
