package message

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/safe"
)

// MaxDocument is the most that is read of a document, in bytes.
const MaxDocument = 1 << 20

// More limits of what is read. Real messages are a few kilobytes, a dozen deep.
const (
	maxDepth = 32     // elements inside each other
	maxNodes = 20_000 // elements and attributes
)

// Why a document is refused. The texts repeat nothing of it.
const (
	errTooLarge     = safe.Message("document is larger than 1 MiB")
	errTooDeep      = safe.Message("document is nested too deeply")
	errTooManyNodes = safe.Message("document has too many elements")
	errDeclaration  = safe.Message("document has a document type declaration")
	errSyntax       = safe.Message("document is not well-formed XML")
	errRoot         = safe.Message("document has an unexpected root element")
	errRepeated     = safe.Message("document repeats an element or attribute that may occur once")
	errNested       = safe.Message("document has an element where text is expected")
	errAmount       = safe.Message("document has an invalid amount")
	errBoolean      = safe.Message("document has an invalid boolean")
)

// Decode reads a document into what pick returns for the local name of its root
// element, whatever the prefix and the namespace. A nil result means that such a
// root is not expected. Elements that the target does not name are ignored.
func Decode(data []byte, pick func(root string) any) error {
	if len(data) > MaxDocument {
		return errTooLarge
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	d := xml.NewTokenDecoder(&guard{tokens: xml.NewDecoder(bytes.NewReader(data))})
	start, err := rootElement(d)
	if err != nil {
		return decodingError(err)
	}
	target := pick(start.Name.Local)
	if target == nil {
		return errRoot
	}
	if err := d.DecodeElement(target, start); err != nil {
		return decodingError(err)
	}
	if _, err := rootElement(d); err != io.EOF {
		return errSyntax
	}
	return nil
}

// rootElement returns the next element outside any other, or io.EOF.
func rootElement(d *xml.Decoder) (*xml.StartElement, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, errSyntax
			}
		}
	}
}

// guard passes on the tokens of a document as long as they are harmless. It
// refuses document type declarations, where entities are declared, so the only
// entities left are those that stand for one character.
type guard struct {
	tokens       *xml.Decoder
	depth, nodes int
}

// Token returns the next token.
func (g *guard) Token() (xml.Token, error) {
	token, err := g.tokens.RawToken()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case xml.StartElement:
		g.depth++
		g.nodes += 1 + len(t.Attr)
	case xml.EndElement:
		g.depth--
	case xml.Directive:
		return nil, errDeclaration
	}
	switch {
	case g.depth > maxDepth:
		return nil, errTooDeep
	case g.nodes > maxNodes:
		return nil, errTooManyNodes
	}
	return token, nil
}

// decodingError replaces errors of encoding/xml, which quote the document.
func decodingError(err error) error {
	if known, ok := errors.AsType[safe.Message](err); ok {
		return known
	}
	return errSyntax
}

// space is the white space of XML.
const space = " \t\r\n"

// Text is the content of an element or attribute without the white space around
// it. One that occurs twice is an error, since either might be meant.
type Text struct {
	value   string
	present bool
}

// String returns the content, or "" if the element is missing or empty.
func (t Text) String() string { return t.value }

// UnmarshalXML reads an element.
func (t *Text) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	if t.present {
		return errRepeated
	}
	value, err := content(d)
	*t = Text{value, true}
	return err
}

// UnmarshalXMLAttr reads an attribute.
func (t *Text) UnmarshalXMLAttr(a xml.Attr) error {
	if t.present {
		return errRepeated
	}
	*t = Text{strings.Trim(a.Value, space), true}
	return nil
}

// content reads the text of an element up to its end tag.
func content(d *xml.Decoder) (string, error) {
	var text []byte
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			text = append(text, t...)
		case xml.StartElement:
			return "", errNested
		case xml.EndElement:
			return strings.Trim(string(text), space), nil
		}
	}
}

// Money is an amount in a document.
type Money struct {
	value   afterpay.Money
	present bool
}

// Money returns the amount, or afterpay.Money{} if the element is missing.
func (m Money) Money() afterpay.Money { return m.value }

// UnmarshalXML reads an element. It accepts every decimal of XML Schema that is
// a whole number of hundredths, and refuses negative amounts.
func (m *Money) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if m.present {
		return errRepeated
	}
	var currency Text
	for _, a := range start.Attr {
		if a.Name != (xml.Name{Local: "currencyCode"}) {
			continue
		}
		if err := currency.UnmarshalXMLAttr(a); err != nil {
			return err
		}
	}
	text, err := content(d)
	if err != nil {
		return err
	}
	value, err := afterpay.ParseMoney(plainDecimal(text), afterpay.Currency(strings.Map(upper, currency.value)))
	if err != nil || value.Amount < 0 {
		return errAmount
	}
	*m = Money{value, true}
	return nil
}

// upper returns the upper-case letter of an ASCII letter and any other rune as it
// is: strings.ToUpper makes an S of a long s.
func upper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// plainDecimal removes from a decimal of XML Schema what does not change its
// value: a plus sign and zeros after the second decimal. It also writes out the
// digits that may be missing before or after the point.
func plainDecimal(text string) string {
	unsigned := strings.TrimPrefix(text, "+")
	whole, decimals, point := strings.Cut(unsigned, ".")
	switch {
	case whole+decimals == "", strings.HasPrefix(text, "+-"):
		return text // no decimal
	case !point:
		return unsigned
	}
	if len(decimals) > 2 {
		decimals = decimals[:2] + strings.TrimRight(decimals[2:], "0")
	}
	if whole == "" {
		whole = "0"
	}
	return whole + "." + (decimals + "00")[:max(len(decimals), 2)]
}

// Boolean is an xsd:boolean.
type Boolean struct{ True, Present bool }

// UnmarshalXML reads an element that holds true, 1, false or 0.
func (b *Boolean) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	if b.Present {
		return errRepeated
	}
	text, err := content(d)
	if err != nil {
		return err
	}
	switch text {
	case "true", "1":
		b.True = true
	case "false", "0":
	default:
		return errBoolean
	}
	b.Present = true
	return nil
}
