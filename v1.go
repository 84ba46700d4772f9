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

// v1Decoder is implemented by responses that differ in more than a name.
type v1Decoder interface {
	decodeV1(codec *wire.Codec, data []byte) error
}

func decodeV1(codec *wire.Codec, data []byte, into any) error {
	if v, ok := into.(v1Decoder); ok {
		return v.decodeV1(codec, data)
	}
	return codec.Decode(data, into)
}

func (p *Payment) decodeV1(codec *wire.Codec, data []byte) error {
	err := codec.Decode(data, p)
	p.translateV1()
	return err
}

func (p *PaymentPage) decodeV1(codec *wire.Codec, data []byte) error {
	err := codec.Decode(data, p)
	for _, payment := range p.Payments {
		payment.translateV1()
	}
	return err
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

// decodeV1 takes the limits from the payment types, of which v1 sends an array.
// Those of an account are the limits of paying in instalments; the other types
// are history.
func (c *Configuration) decodeV1(codec *wire.Codec, data []byte) error {
	err := codec.Decode(data, &c.PaymentTypes)
	for _, t := range c.PaymentTypes {
		if t.Type == "PAY_BY_INSTALLMENT" {
			c.MinimumAmount, c.MaximumAmount = t.MinimumAmount, t.MaximumAmount
		}
	}
	return err
}

// orderByV1 returns the name of an order of payments.
func orderByV1(o OrderBy) OrderBy {
	if o == OrderByTotalAmount {
		return "amount"
	}
	return o
}
