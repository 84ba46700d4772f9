package radial

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Limits of what is read. Real messages are a few kilobytes, a dozen deep.
const (
	maxDocument = 1 << 20 // bytes
	maxDepth    = 32      // elements inside each other
	maxNodes    = 20_000  // elements and attributes
)

// Why a document is refused. The texts repeat nothing of it.
var (
	errTooLarge     = errors.New("document is larger than 1 MiB")
	errTooDeep      = errors.New("document is nested too deeply")
	errTooManyNodes = errors.New("document has too many elements")
	errDeclaration  = errors.New("document holds a document type declaration")
	errSyntax       = errors.New("document is not well-formed XML")
	errRoot         = errors.New("document has an unexpected root element")
	errContent      = errors.New("document holds a value that cannot be read")
)

// decode reads a document into what pick returns for the local name of its root
// element, whatever the prefix and the namespace; nil means that such a root is
// not expected. Elements that the target does not name are passed over.
func decode(data []byte, pick func(root string) any) error {
	if len(data) > maxDocument {
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

// rootElement returns the next element outside of any other, or io.EOF.
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

// guard passes on a document's tokens as long as they are harmless. A document
// type declaration is where entities are declared, so none ever is; and of the
// entities that need no declaration each stands for one character.
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
	for _, known := range []error{errTooDeep, errTooManyNodes, errDeclaration, errContent} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errSyntax
}

// text is the content of an element without the white space around it.
type text string

// UnmarshalText trims the content.
func (t *text) UnmarshalText(content []byte) error {
	*t = text(strings.Trim(string(content), xmlSpace))
	return nil
}

const xmlSpace = " \t\r\n"

// amount is a sum of money as it stands in a document.
type amount struct {
	Currency text   `xml:"currencyCode,attr"`
	Value    string `xml:",chardata"`
}

// money reads the amount: white space around it and 0 to 2 decimals are fine, a
// minus is not. An amount that is not there is Money{}.
func (a amount) money() (afterpay.Money, error) {
	if a == (amount{}) {
		return afterpay.Money{}, nil
	}
	m, err := afterpay.ParseMoney(strings.Trim(a.Value, xmlSpace), afterpay.Currency(a.Currency))
	if err != nil || m.Amount < 0 {
		return afterpay.Money{}, errContent
	}
	return m, nil
}

// boolean reads an xsd:boolean.
type boolean bool

// UnmarshalText takes true, 1, false and 0.
func (b *boolean) UnmarshalText(content []byte) error {
	switch strings.Trim(string(content), xmlSpace) {
	case "true", "1":
		*b = true
	case "false", "0", "":
		*b = false
	default:
		return errContent
	}
	return nil
}

// Element is a part of a reply that this package has no name for. Names are
// local ones, without prefix and namespace.
type Element struct {
	Name       string
	Attributes map[string]string
	Text       string // without the white space around it
	Children   []Element
}

// rawElement is how encoding/xml sees an Element.
type rawElement struct {
	XMLName    xml.Name
	Attributes []xml.Attr   `xml:",any,attr"`
	Text       string       `xml:",chardata"`
	Children   []rawElement `xml:",any"`
}

func (r rawElement) element() Element {
	e := Element{Name: r.XMLName.Local, Text: strings.Trim(r.Text, xmlSpace), Children: elements(r.Children)}
	for _, a := range r.Attributes {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		if e.Attributes == nil {
			e.Attributes = make(map[string]string)
		}
		e.Attributes[a.Name.Local] = a.Value
	}
	return e
}

func elements(raw []rawElement) []Element {
	if len(raw) == 0 {
		return nil
	}
	all := make([]Element, len(raw))
	for i, r := range raw {
		all[i] = r.element()
	}
	return all
}
