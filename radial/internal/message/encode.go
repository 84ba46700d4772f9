// Package message writes Radial's requests and reads its replies. It knows XML
// and the rules that every message shares, and nothing of HTTP.
package message

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/afterpay-go/afterpay"
)

// namespace is the default namespace of every message.
const namespace = "http://api.gsicommerce.com/schema/checkout/1.0"

// A Fault is what is wrong with one element of a request.
type Fault struct {
	Path    string // below the root element, in XPath's form: LineItems/LineItem[2]/Name
	Message string // does not repeat the value
}

// Writer writes a request and checks each value as it goes, so that the names of
// the elements, their order and their restrictions stand in one place: the write
// method of each request.
//
// The result is an XML declaration, a line feed and the document in Canonical
// XML 1.0: UTF-8, no white space between elements, an end tag for every start
// tag, attributes in alphabetical order after the namespace, and the least
// escaping.
type Writer struct {
	b         []byte
	path      []string // of the open elements, without the root
	unchecked bool     // restrictions are not checked
	total     afterpay.Money
	faults    []Fault
}

// Document writes a request. A request with any fault must not be sent. With
// unchecked, restrictions are not checked, and the only faults are values that
// cannot be written.
func Document(root string, asked Asked, unchecked bool, content func(*Writer)) ([]byte, []Fault) {
	w := &Writer{b: make([]byte, 0, 2048), unchecked: unchecked}
	w.b = append(w.b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<"...)
	w.b = append(w.b, root...)
	w.b = append(w.b, ` xmlns="`+namespace+`"`...)
	w.attribute("requestId", asked.RequestID)
	w.attribute("sessionId", asked.SessionID)
	w.b = append(w.b, '>')
	if content != nil {
		content(w)
	}
	w.end(root)
	return w.b, w.faults
}

// attribute writes a request id or a session id. An empty one is left out.
func (w *Writer) attribute(name, value string) {
	if value == "" {
		return
	}
	w.check("@"+name, value, Length(1, 40))
	w.b = append(append(append(w.b, ' '), name...), `="`...)
	w.b = escape(w.b, value, true)
	w.b = append(w.b, '"')
}

// Must writes an element that is required.
func (w *Writer) Must(name, value string, rules ...Rule) {
	if strings.Trim(value, space) == "" && !w.unchecked {
		w.Refuse(name, "is required")
		return
	}
	w.May(name, value, rules...)
}

// May writes an element, or nothing if the value is empty.
func (w *Writer) May(name, value string, rules ...Rule) {
	if value == "" {
		return
	}
	w.check(name, value, rules...)
	w.start(name)
	w.b = escape(w.b, value, false)
	w.end(name)
}

// Flag writes true, or nothing for false.
func (w *Writer) Flag(name string, on bool) {
	if on {
		w.May(name, "true")
	}
}

// Context names the order. Afterpay has no account number, so this is the base
// form of the payment context.
func (w *Writer) Context(orderID string) {
	w.Group("PaymentContextBase", func(w *Writer) { w.OrderID(orderID) })
}

// OrderID writes the id of the order.
func (w *Writer) OrderID(id string) { w.Must("OrderId", id, Length(1, 20)) }

// Total writes the amount that the request is about, which must be more than
// zero. All other amounts of the request must be in its currency.
func (w *Writer) Total(name string, m afterpay.Money) {
	w.Money(name, m)
	if !m.IsZero() && m.Amount == 0 {
		w.Refuse(name, "must be more than 0.00")
	}
	w.total = m
}

// Expect checks the amount that the reply must repeat and that is not sent.
func (w *Writer) Expect(name string, m afterpay.Money) {
	unsent := Writer{unchecked: w.unchecked}
	unsent.Total(name, m)
	w.faults = append(w.faults, unsent.faults...)
}

// Part writes an amount that is part of the total and so not more than it.
func (w *Writer) Part(name string, m afterpay.Money) {
	w.Money(name, m)
	if m.Currency == w.total.Currency && m.Amount > w.total.Amount && w.total.Amount >= 0 {
		w.Refuse(name, "must not be more than Amount")
	}
}

// Money writes an amount that is required and may be 0.00.
func (w *Writer) Money(name string, m afterpay.Money) {
	const most = 9_999_999_99 // nine digits, two of them decimals
	switch {
	case m.IsZero():
		w.Refuse(name, "is required")
		return
	case m.Amount < 0:
		w.fault(name, "must not be negative")
	case m.Amount > most:
		w.fault(name, "has more than 9 digits")
	}
	currency := name + "/@currencyCode"
	switch {
	case !IsCode(string(m.Currency), 3):
		w.fault(currency, "must be three upper-case letters")
		return
	case IsCode(string(w.total.Currency), 3) && m.Currency != w.total.Currency:
		w.Refuse(currency, "must be "+string(w.total.Currency)+", the currency of Amount")
	}
	w.b = append(append(w.b, '<'), name...)
	w.b = append(append(append(w.b, ` currencyCode="`...), m.Currency...), `">`...)
	w.b, _ = m.Amount.AppendText(w.b)
	w.end(name)
}

// Group writes an element that holds others.
func (w *Writer) Group(name string, content func(*Writer)) { w.nest(name, name, content) }

// Item is Group for the i-th, from 0, of several elements of one name. Paths
// count them from 1, as XPath does.
func (w *Writer) Item(name string, i int, content func(*Writer)) {
	w.nest(name, name+"["+strconv.Itoa(i+1)+"]", content)
}

func (w *Writer) nest(name, step string, content func(*Writer)) {
	w.path = append(w.path, step)
	w.start(name)
	content(w)
	w.end(name)
	w.path = w.path[:len(w.path)-1]
}

func (w *Writer) start(name string) { w.b = append(append(append(w.b, '<'), name...), '>') }

func (w *Writer) end(name string) { w.b = append(append(append(w.b, "</"...), name...), '>') }

// check reports the first rule that the value breaks.
func (w *Writer) check(name, value string, rules ...Rule) {
	if !isXMLText(value) {
		w.fault(name, "holds a character that XML cannot carry")
		return
	}
	for _, r := range rules {
		if problem := r(value); problem != "" {
			w.Refuse(name, problem)
			return
		}
	}
}

// Refuse reports a broken restriction, unless restrictions are not checked.
func (w *Writer) Refuse(name, problem string) {
	if !w.unchecked {
		w.fault(name, problem)
	}
}

// fault reports what makes the request impossible to send.
func (w *Writer) fault(name, problem string) {
	w.faults = append(w.faults, Fault{strings.Join(append(slices.Clone(w.path), name), "/"), problem})
}

// escape appends text as Canonical XML writes it in an element or, if quoted is
// set, in an attribute.
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

// A Rule is a restriction on a value. It returns what is wrong with the value
// without repeating it, or "".
type Rule func(value string) (problem string)

// Length restricts the number of characters to between least and most.
func Length(least, most int) Rule {
	return func(value string) string {
		switch n := utf8.RuneCountInString(value); {
		case least == most && n != most:
			return fmt.Sprintf("has %d characters instead of %d", n, most)
		case n < least:
			return fmt.Sprintf("has %d characters, fewer than %d", n, least)
		case n > most:
			return fmt.Sprintf("has %d characters, more than %d", n, most)
		}
		return ""
	}
}

// OneOf restricts a value to an enumeration.
func OneOf[E ~string](known ...E) Rule {
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

// IsCode reports whether text is n letters from A to Z.
func IsCode(text string, n int) bool {
	return len(text) == n && !strings.ContainsFunc(text, func(r rune) bool { return r < 'A' || r > 'Z' })
}
