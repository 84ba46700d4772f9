package radial

import "context"

// GetConfigurationReply is what Radial knows of the store's Afterpay account.
type GetConfigurationReply struct {
	ResponseCode   ResponseCode
	Configurations []AfterpayConfiguration
}

// AfterpayConfiguration is an element of that name.
type AfterpayConfiguration struct {
	PaymentType string // PAY_BY_INSTALLMENT
	// Elements are the other elements, among them the limits and the instant
	// until which the configuration holds. Their names are not part of the
	// known facts, so they are handed on as they came.
	Elements []Element
}

// GetConfiguration reads the order limits of the store's Afterpay account. It
// is experimental: the reply's table is known in part only.
//
// The limits must be kept until the expiry that the reply holds and not be read
// for every order. As the name of that element is not known, the Client cannot
// do that for you.
//
// Nothing changes at Radial, so ErrOutcomeUnknown never comes. Errors:
// ErrFailed, ErrProcessorTimeout and ErrFault.
//
// POST /v1.0/stores/{StoreID}/payments/configuration/get/AF.xml.
func (c *Client) GetConfiguration(ctx context.Context) (*GetConfigurationReply, error) {
	x, err := c.exchange(&opGetConfiguration, ids{request: c.newRequestID()}, func(*writer) {})
	if err != nil {
		return nil, err
	}
	var reply configurationReply
	if err := x.send(ctx, &reply); err != nil {
		return nil, err
	}
	if err := x.outcome(ResponseCode(reply.ResponseCode), string(reply.Description)); err != nil {
		return nil, err
	}
	return reply.public(), nil
}

// configurationReply is the reply as it is read.
type configurationReply struct {
	ResponseCode   text `xml:"ResponseCode"`
	Description    text `xml:"ResponseCodeDescription"`
	Configurations []struct {
		PaymentType text         `xml:"PaymentType"`
		Rest        []rawElement `xml:",any"`
	} `xml:"AfterpayConfiguration"`
}

func (r *configurationReply) public() *GetConfigurationReply {
	reply := &GetConfigurationReply{ResponseCode: ResponseCode(r.ResponseCode)}
	for _, c := range r.Configurations {
		reply.Configurations = append(reply.Configurations, AfterpayConfiguration{string(c.PaymentType), elements(c.Rest)})
	}
	return reply
}
