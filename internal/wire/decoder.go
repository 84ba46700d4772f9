// Package wire reads and writes JSON for a payment client. It is strict about
// syntax, so that a truncated response is never mistaken for a complete one,
// and lenient about shape: a null, an empty object or a number in place of a
// string does no harm.
package wire

import (
	"bytes"
	"fmt"
	"iter"
	"strings"

	"github.com/afterpay-go/afterpay/internal/decimal"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// Why a text cannot be read.
const (
	// ErrSyntax: the text is not one whole JSON value.
	ErrSyntax safe.Message = "malformed or truncated JSON"
	// ErrDepth: the text is nested deeper than any response of the service.
	ErrDepth safe.Message = "JSON nested too deeply"
	// ErrElements: the values take far more memory than the text, as they do if
	// there are very many of few bytes each.
	ErrElements safe.Message = "JSON with too many elements"
	// ErrMissing: a required field is missing.
	ErrMissing safe.Message = "required field is missing"
)

const maxDepth = 64

// Decoder reads one JSON text from start to end. After the first fault every method
// returns its zero value, so callers check for one once, with Close.
type Decoder struct {
	data  []byte
	pos   int
	depth int
	err   error

	// Context carries what the functions of Codec.Special for outer values pass to
	// those for inner ones.
	Context any

	// For Codec.Decode.
	codec  *Codec
	path   []step             // of the value that is being read
	unread *map[string]string // of the innermost struct that has one
	base   int                // length of the path of that struct
	loose  bool               // a value without an exact meaning is kept as unread
	budget int                // bytes of memory that may be taken yet
	texts  strings.Builder    // memory of the latest strings
}

// Reset starts on a new text. The strings a Decoder returns do not refer to it.
func (d *Decoder) Reset(data []byte) {
	*d = Decoder{data: data, path: d.path[:0]}
}

// Close returns the first fault. It is ErrSyntax if something other than white
// space follows the value.
func (d *Decoder) Close() error {
	d.space()
	if d.err == nil && d.pos < len(d.data) {
		d.syntax()
	}
	return d.err
}

// Fail reports a fault that the caller found.
func (d *Decoder) Fail(err error) {
	if d.err == nil {
		d.err = err
		d.pos = len(d.data)
	}
}

func (d *Decoder) syntax() { d.Fail(fmt.Errorf("%w at byte %d", ErrSyntax, d.pos)) }

// Members returns an iterator over the names in an object. A value that the body
// of the loop does not read is skipped. A value that is not an object has no names.
// A name is valid until the next one. If the loop is left early, the object was not
// read, and Close returns ErrSyntax.
func (d *Decoder) Members() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) { d.members(yield) }
}

// Elements returns an iterator over the indices of an array, by the rules of
// Members.
func (d *Decoder) Elements() iter.Seq[int] {
	return func(yield func(int) bool) { d.elements(yield) }
}

func (d *Decoder) members(yield func([]byte) bool) {
	if !d.open('{') {
		return
	}
	for more := !d.next('}'); more && d.err == nil; more = d.comma('}') {
		if d.peek() != '"' {
			d.syntax()
			return
		}
		name := d.text()
		if !d.next(':') {
			d.syntax()
			return
		}
		d.space()
		if at := d.pos; d.err == nil {
			if !yield(name) {
				return
			}
			if d.pos == at {
				d.Skip()
			}
		}
	}
	d.depth--
}

func (d *Decoder) elements(yield func(int) bool) {
	if !d.open('[') {
		return
	}
	i := 0
	for more := !d.next(']'); more && d.err == nil; more = d.comma(']') {
		d.space()
		at := d.pos
		if !yield(i) {
			return
		}
		if d.pos == at {
			d.Skip()
		}
		i++
	}
	d.depth--
}

// open enters an object or array, or skips the value if it is something else.
func (d *Decoder) open(bracket byte) bool {
	if d.peek() != bracket {
		d.Skip()
		return false
	}
	d.pos++
	if d.depth++; d.depth > maxDepth {
		d.Fail(ErrDepth)
	}
	return d.err == nil
}

// comma steps over the comma or closing bracket behind a value, and reports whether
// another value follows.
func (d *Decoder) comma(closing byte) bool {
	switch c := d.peek(); {
	case d.err != nil:
	case c == ',':
		d.pos++
		return true
	case c == closing:
		d.pos++
	default:
		d.syntax()
	}
	return false
}

// String reads a string, or the text of a number. Anything else is skipped and
// is "".
func (d *Decoder) String() string { return string(d.Text()) }

// Text is String without the copy; it is valid until the next read.
func (d *Decoder) Text() []byte {
	switch c := d.peek(); {
	case c == '"':
		return d.text()
	case c == '-' || '0' <= c && c <= '9':
		return d.number()
	default:
		d.Skip()
		return nil
	}
}

// Int reads a whole number, as a number or in a string. Anything else is 0, and
// kept as unread.
func (d *Decoder) Int() int64 {
	text := d.Text()
	n, ok := decimal.Parse(text, 0)
	if !ok {
		d.Unread(text)
	}
	return n
}

// Bool reads true, alone or in a string. Anything else is false.
func (d *Decoder) Bool() bool {
	if d.peek() == '"' {
		return string(d.text()) == "true"
	}
	at := d.pos
	d.Skip()
	return d.err == nil && string(d.data[at:d.pos]) == "true"
}

// Raw skips a value and returns a copy of its text; nil for null.
func (d *Decoder) Raw() []byte {
	d.space()
	at := d.pos
	d.Skip()
	if d.err != nil || string(d.data[at:d.pos]) == "null" {
		return nil
	}
	return bytes.Clone(d.data[at:d.pos])
}

// IsObject reports whether the next value is an object, without reading it.
func (d *Decoder) IsObject() bool { return d.peek() == '{' }

// IsArray reports whether the next value is an array.
func (d *Decoder) IsArray() bool { return d.peek() == '[' }

// Skip steps over one value of any kind, checking its syntax.
func (d *Decoder) Skip() {
	switch c := d.peek(); {
	case c == '"':
		d.text()
	case c == '{':
		for range d.Members() {
		}
	case c == '[':
		for range d.Elements() {
		}
	case c == '-' || '0' <= c && c <= '9':
		d.number()
	case c == 't':
		d.literal("true")
	case c == 'f':
		d.literal("false")
	case c == 'n':
		d.literal("null")
	default:
		d.syntax()
	}
}

func (d *Decoder) literal(word string) {
	if d.err == nil && bytes.HasPrefix(d.data[d.pos:], []byte(word)) {
		d.pos += len(word)
		return
	}
	d.syntax()
}

func (d *Decoder) space() {
	for d.pos < len(d.data) {
		if c := d.data[d.pos]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return
		}
		d.pos++
	}
}

// peek returns the first byte of what comes next, 0 at the end.
func (d *Decoder) peek() byte {
	d.space()
	if d.pos < len(d.data) {
		return d.data[d.pos]
	}
	return 0
}

// next steps over c if it comes next.
func (d *Decoder) next(c byte) bool {
	if d.peek() != c || d.pos >= len(d.data) {
		return false
	}
	d.pos++
	return true
}

// number reads a number by the grammar of RFC 8259.
func (d *Decoder) number() []byte {
	at := d.pos
	if d.data[d.pos] == '-' {
		d.pos++
	}
	leadingZero := d.pos < len(d.data) && d.data[d.pos] == '0'
	whole := d.digits()
	ok := whole > 0 && (whole == 1 || !leadingZero)
	if d.pos < len(d.data) && d.data[d.pos] == '.' {
		d.pos++
		ok = d.digits() > 0 && ok
	}
	if d.pos < len(d.data) && (d.data[d.pos] == 'e' || d.data[d.pos] == 'E') {
		d.pos++
		if d.pos < len(d.data) && (d.data[d.pos] == '+' || d.data[d.pos] == '-') {
			d.pos++
		}
		ok = d.digits() > 0 && ok
	}
	if !ok {
		d.syntax()
		return nil
	}
	return d.data[at:d.pos]
}

func (d *Decoder) digits() int {
	at := d.pos
	for d.pos < len(d.data) && '0' <= d.data[d.pos] && d.data[d.pos] <= '9' {
		d.pos++
	}
	return d.pos - at
}
