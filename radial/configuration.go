package radial

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// GetConfigurationReply is what Radial knows of the store's Afterpay account.
type GetConfigurationReply struct {
	ResponseCode   ResponseCode
	Configurations []AfterpayConfiguration
}

// AfterpayConfiguration is one configuration of the account.
type AfterpayConfiguration struct {
	PaymentType string // PAY_BY_INSTALLMENT
	// Elements are the other elements, among them the order limits and the time
	// at which the configuration expires. Their names are not public, so they
	// are returned as received.
	Elements []Element
}

// Element is a part of a reply that this package has no name for. Names are
// local ones, without prefix and namespace.
type Element struct {
	Name       string
	Attributes map[string]string
	Text       string // without the white space around it
	Children   []Element
}

var opGetConfiguration = message.Operation{
	Name:    "GetConfiguration",
	Path:    "/payments/configuration/get/" + message.Tender + ".xml",
	Request: "GetConfigurationRequest",
	Reply:   "GetConfigurationReply",
	Success: string(ResponseSuccess),
	Repeat:  true,
}

// GetConfiguration reads the order limits of the store's Afterpay account.
// Radial's table for the reply is known in part.
//
// Keep the limits until the expiry that the reply holds, and do not read them
// for every order. The name of the expiry's element is not public, so the Client
// cannot do this.
//
// The call changes nothing, so it never returns ErrOutcomeUnknown. Errors:
// ErrFailed, ErrProcessorTimeout and ErrFault.
//
// POST /v1.0/stores/{StoreID}/payments/configuration/get/AF.xml.
func (c *Client) GetConfiguration(ctx context.Context) (*GetConfigurationReply, error) {
	var reply configurationReply
	err := c.Exchange(ctx, message.Call{Op: &opGetConfiguration, Reply: &reply})
	if err != nil {
		return nil, err
	}
	public := &GetConfigurationReply{ResponseCode: ResponseCode(reply.Code.String())}
	for _, c := range reply.Configurations {
		public.Configurations = append(public.Configurations, AfterpayConfiguration{c.PaymentType.String(), elements(c.Rest)})
	}
	return public, nil
}

// configurationReply is what the reply is decoded into.
type configurationReply struct {
	message.Common
	Configurations []struct {
		PaymentType message.Text `xml:"PaymentType"`
		Rest        []rawElement `xml:",any"`
	} `xml:"AfterpayConfiguration"`
}

// Missing names a configuration without its payment type.
func (r *configurationReply) Missing() string {
	for i, c := range r.Configurations {
		if c.PaymentType.String() == "" {
			return fmt.Sprintf("AfterpayConfiguration[%d]/PaymentType", i+1)
		}
	}
	return ""
}

// rawElement is how encoding/xml reads an Element.
type rawElement struct {
	XMLName    xml.Name
	Attributes []xml.Attr   `xml:",any,attr"`
	Text       string       `xml:",chardata"`
	Children   []rawElement `xml:",any"`
}

func (r rawElement) element() Element {
	e := Element{Name: r.XMLName.Local, Text: strings.Trim(r.Text, " \t\r\n"), Children: elements(r.Children)}
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
