package afterpay

import "github.com/afterpay-go/afterpay/internal/wire"

// APIVersion is a version of the Afterpay Online API.
type APIVersion int

// The versions. V2 is the default. V1 is what accounts of before 2020 may still
// use: it captures whole orders at once, and has no authorization, partial
// capture, void or disputes.
const (
	V2 APIVersion = 2
	V1 APIVersion = 1
)

// v1Codec reads and writes the JSON of API v1. What it calls by another name, and
// what it lacks, is in the tags v1 of the types.
var v1Codec = wire.Codec{Version: "v1", Special: specialType}

// refuseV2Only reports the fields of a request that are set and that API v1
// lacks. The service would ignore them silently.
func refuseV2Only(v *checker, request any) {
	for _, path := range v1Codec.Lacks(request) {
		v.v2only(path, true)
	}
}

// decodeV1 reads a response of API v1 and translates what differs in more than
// a name.
func decodeV1(data []byte, into any) error {
	if c, ok := into.(*Configuration); ok {
		return c.decodeV1(data)
	}
	err := v1Codec.Decode(data, into)
	switch v := into.(type) {
	case *Payment:
		v.translateV1()
	case *PaymentPage:
		for _, p := range v.Payments {
			p.translateV1()
		}
	}
	return err
}

// translateV1 gives the events their types in v2.
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

// decodeV1 reads an array of payment types. The limits of an account are those of
// paying in instalments; the other types are history.
func (c *Configuration) decodeV1(data []byte) error {
	err := v1Codec.Decode(data, &c.PaymentTypes)
	for _, t := range c.PaymentTypes {
		if t.Type == "PAY_BY_INSTALLMENT" {
			c.MinimumAmount, c.MaximumAmount = t.MinimumAmount, t.MaximumAmount
		}
	}
	return err
}
