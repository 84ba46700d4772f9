package afterpay

import "github.com/afterpay-go/afterpay/internal/wire"

// v1Dialect is what API v1 says differently from v2. Where that is only a field's
// name, or that v1 lacks the field, a tag v1 of the field says so. The paths of v1
// are in the table of operations.
var v1Dialect = dialect{
	codec:   wire.Codec{Version: "v1", Special: specialType},
	decode:  decodeV1,
	orderBy: orderByV1,
}

// decodeV1 reads a response and translates what differs in more than a name.
func decodeV1(codec *wire.Codec, data []byte, into any) error {
	switch v := into.(type) {
	case *Payment:
		err := codec.Decode(data, v)
		v.translateV1()
		return err
	case *PaymentPage:
		err := codec.Decode(data, v)
		for _, p := range v.Payments {
			p.translateV1()
		}
		return err
	case *Configuration:
		err := codec.Decode(data, &v.PaymentTypes)
		v.translateV1()
		return err
	}
	return codec.Decode(data, into)
}

// translateV1 gives the events the types they have in v2.
func (p *Payment) translateV1() {
	for i := range p.Events {
		switch t := &p.Events[i].Type; *t {
		case "AUTHORISE":
			*t = EventAuthApproved
		case "CAPTURE":
			*t = EventCaptured
		case "VOID":
			*t = EventVoided
		}
	}
}

// translateV1 takes the limits from the payment types, of which v1 sends an
// array. Those of an account are the limits of paying in instalments; the other
// types are history.
func (c *Configuration) translateV1() {
	for _, t := range c.PaymentTypes {
		if t.Type == "PAY_BY_INSTALLMENT" {
			c.MinimumAmount, c.MaximumAmount = t.MinimumAmount, t.MaximumAmount
		}
	}
}

// orderByV1 returns the name of an order of payments.
func orderByV1(o OrderBy) OrderBy {
	if o == OrderByTotalAmount {
		return "amount"
	}
	return o
}
