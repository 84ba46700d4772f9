package radial

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay"
)

// namespace is the default namespace of every message.
const namespace = "http://api.gsicommerce.com/schema/checkout/1.0"

// writer writes a request and judges each value on the way, so that the order
// of the elements, their names and their restrictions stand in one place: the
// write methods of the requests.
//
// What it writes is in canonical form: an XML declaration, a line feed, and the
// document as Canonical XML 1.0 has it, that is in UTF-8, without white space
// between elements, with an end tag for every start tag, with attributes in
// alphabetical order after the namespace, and with the least escaping.
type writer struct {
	b         []byte
	path      []string // of the open elements, without the root
	unchecked bool     // restrictions are not looked at
	faults    []FieldError
}

// attribute is one of the root element's. An empty one is left out.
type attribute struct{ name, value string }

// document writes a message. With any fault the bytes must not be sent.
func document(root string, attributes []attribute, unchecked bool, content func(*writer)) ([]byte, []FieldError) {
	w := &writer{b: make([]byte, 0, 2048), unchecked: unchecked}
	w.b = append(w.b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<"...)
	w.b = append(w.b, root...)
	w.b = append(w.b, ` xmlns="`+namespace+`"`...)
	for _, a := range attributes {
		w.attribute(a)
	}
	w.b = append(w.b, '>')
	content(w)
	w.end(root)
	return w.b, w.faults
}

// attribute writes a request or session id. Their type is the same.
func (w *writer) attribute(a attribute) {
	if a.value == "" {
		return
	}
	w.judge("@"+a.name, a.value, length(1, 40))
	w.b = append(append(append(w.b, ' '), a.name...), `="`...)
	w.b = escape(w.b, a.value, true)
	w.b = append(w.b, '"')
}

// must writes an element that may not be empty.
func (w *writer) must(name, value string, rules ...rule) {
	if value == "" {
		w.refuse(name, "is required")
		return
	}
	w.may(name, value, rules...)
}

// may writes an element, or nothing where the value is empty.
func (w *writer) may(name, value string, rules ...rule) {
	if value == "" {
		return
	}
	w.judge(name, value, rules...)
	w.start(name)
	w.b = escape(w.b, value, false)
	w.end(name)
}

// flag writes true, or nothing for false.
func (w *writer) flag(name string, on bool) {
	if on {
		w.may(name, "true")
	}
}

// money writes an amount that may be nothing but not absent.
func (w *writer) money(name string, m afterpay.Money) {
	const most = 9_999_999_99 // nine digits, two of them decimals
	switch {
	case m.IsZero():
		w.refuse(name, "is required")
	case m.Amount < 0:
		w.fault(name, "must not be negative")
	case m.Amount > most:
		w.fault(name, "has more than 9 digits")
	case !isCode(string(m.Currency), 3):
		w.fault(name+"/@currencyCode", "must be three upper-case letters")
	default:
		w.b = append(append(w.b, '<'), name...)
		w.b = append(append(append(w.b, ` currencyCode="`...), m.Currency...), `">`...)
		w.b, _ = m.Amount.AppendText(w.b)
		w.end(name)
	}
}

// group writes an element that holds others.
func (w *writer) group(name string, content func(*writer)) { w.nest(name, name, content) }

// item is group for the i-th, from 0, of several elements of one name. Paths
// count them from 1, as XPath does.
func (w *writer) item(name string, i int, content func(*writer)) {
	w.nest(name, name+"["+strconv.Itoa(i+1)+"]", content)
}

func (w *writer) nest(name, step string, content func(*writer)) {
	w.path = append(w.path, step)
	w.start(name)
	content(w)
	w.end(name)
	w.path = w.path[:len(w.path)-1]
}

func (w *writer) start(name string) { w.b = append(append(append(w.b, '<'), name...), '>') }

func (w *writer) end(name string) { w.b = append(append(append(w.b, "</"...), name...), '>') }

// judge reports the first rule that the value breaks.
func (w *writer) judge(name, value string, rules ...rule) {
	if !isXMLText(value) {
		w.fault(name, "holds a character that XML cannot carry")
		return
	}
	for _, r := range rules {
		if problem := r(value); problem != "" {
			w.refuse(name, problem)
			return
		}
	}
}

// refuse reports a broken restriction, which WithoutValidation lets pass.
func (w *writer) refuse(name, problem string) {
	if !w.unchecked {
		w.fault(name, problem)
	}
}

// fault reports what makes the document impossible to send.
func (w *writer) fault(name, problem string) {
	path := name
	if len(w.path) > 0 {
		path = strings.Join(w.path, "/") + "/" + name
	}
	w.faults = append(w.faults, FieldError{Field: path, Message: problem})
}

// escape appends text as Canonical XML writes it in an element or, where quoted
// is set, in an attribute.
func escape(b []byte, text string, quoted bool) []byte {
	for _, c := range []byte(text) {
		switch {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>' && !quoted:
			b = append(b, "&gt;"...)
		case c == '"' && quoted:
			b = append(b, "&quot;"...)
		case c == '\r':
			b = append(b, "&#xD;"...)
		case c == '\n' && quoted:
			b = append(b, "&#xA;"...)
		case c == '\t' && quoted:
			b = append(b, "&#x9;"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// isXMLText reports whether XML 1.0 can carry the text.
func isXMLText(text string) bool {
	for i, r := range text {
		switch {
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return false
			}
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return false
		}
	}
	return true
}
