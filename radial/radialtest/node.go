package radialtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"
)

// node is an element of a request.
type node struct {
	name       string
	space      string
	attributes map[string]string
	text       string
	children   []*node
}

// parse reads a document into its root element.
func parse(document []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	above := &node{}
	open := []*node{above}
	for {
		token, err := d.Token()
		if err != nil {
			break // at the end, or where the document breaks off
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, space: t.Name.Space, attributes: map[string]string{}}
			for _, a := range t.Attr {
				if a.Name.Local != "xmlns" {
					n.attributes[a.Name.Local] = a.Value
				}
			}
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(above.children) != 1 || len(open) != 1 {
		return nil, errors.New("not one whole document")
	}
	return above.children[0], nil
}

// find returns the text below n at a path such as Address/City, or "".
func (n *node) find(path string) string {
	name, rest, more := strings.Cut(path, "/")
	for _, c := range n.children {
		switch {
		case c.name != name:
		case more:
			return c.find(rest)
		default:
			return c.text
		}
	}
	return ""
}

// currency returns the currencyCode of the message's amount.
func (n *node) currency() string {
	for _, c := range n.children {
		if c.name == "Amount" {
			return c.attributes["currencyCode"]
		}
	}
	return ""
}
