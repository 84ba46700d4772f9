package afterpay

import (
	"cmp"
	"errors"
	"reflect"

	"github.com/afterpay-go/afterpay/internal/wire"
)

// The names of JSON fields are in the struct tags of the types. The service
// sends numbers in place of texts and the reverse; internal/wire reads both.

// codec reads and writes the JSON of API v2.
var codec = wire.Codec{Special: specialType}

// encodeJSON returns the JSON of a request.
func encodeJSON(version APIVersion, request any) ([]byte, error) {
	if version == V1 {
		return v1Codec.Encode(request)
	}
	return codec.Encode(request)
}

// decodeJSON reads data, which must be one whole JSON value, into what the
// pointer into points to. What is read before a fault stays there.
func decodeJSON(version APIVersion, data []byte, into any) (err error) {
	if version == V1 {
		err = decodeV1(data, into)
	} else {
		err = codec.Decode(data, into)
	}
	if errors.Is(err, wire.ErrMissing) {
		return errNoList // no other field is required
	}
	return err
}

// specialType returns how a type is read that its tags do not describe.
func specialType(t reflect.Type) func(*wire.Decoder, any) {
	switch t {
	case reflect.TypeFor[Money]():
		return func(d *wire.Decoder, v any) { *v.(*Money) = decodeMoney(d) }
	case reflect.TypeFor[Currency]():
		return func(d *wire.Decoder, v any) { *v.(*Currency) = decodeCurrency(d) }
	case reflect.TypeFor[Timestamp]():
		return func(d *wire.Decoder, v any) { *v.(*Timestamp), _ = parseTimestamp(d.Text()) }
	case reflect.TypeFor[Dispute]():
		return func(d *wire.Decoder, v any) { decodeDispute(d, v.(*Dispute)) }
	}
	return nil
}

// decodeMoney reads an object with an amount and a currency, or an amount that
// stands alone. Money without an amount is absent.
func decodeMoney(d *wire.Decoder) (m Money) {
	var known bool
	if d.IsObject() {
		for name := range d.Members() {
			switch string(name) {
			case "amount":
				m.Amount, known = decodeAmount(d)
			case "currency":
				m.Currency = decodeCurrency(d)
			}
		}
	} else {
		m.Amount, known = decodeAmount(d)
	}
	if !known {
		return Money{}
	}
	if m.Currency == "" {
		m.Currency, _ = d.Context.(Currency) // of the dispute
	}
	return m
}

// decodeAmount reports false for an amount that is missing. One that is invalid
// fails the whole response, as 0 would be wrong.
func decodeAmount(d *wire.Decoder) (Amount, bool) {
	text := d.Text()
	if len(text) == 0 {
		return 0, false
	}
	a, ok := parseAmount(text)
	if !ok {
		d.Fail(ErrAmount)
	}
	return a, ok
}

// decodeCurrency makes no new string for the currencies of Afterpay.
func decodeCurrency(d *wire.Decoder) Currency {
	text := d.Text()
	for _, c := range [...]Currency{CurrencyUSD, CurrencyAUD, CurrencyGBP, CurrencyNZD, CurrencyCAD, CurrencyEUR} {
		if string(text) == string(c) {
			return c
		}
	}
	return Currency(text)
}

// disputeFields is a Dispute that is read by its tags alone.
type disputeFields Dispute

// decodeDispute reads a dispute that stands bare, or in a field "dispute". Its
// currency may stand apart from its amounts.
func decodeDispute(d *wire.Decoder, v *Dispute) {
	var ahead struct {
		Currency Currency `json:"currency"`
		Dispute  struct {
			Currency Currency `json:"currency"`
		} `json:"dispute"`
	}
	d.Ahead(&ahead)
	d.Context = cmp.Or(ahead.Currency, ahead.Dispute.Currency)
	d.Ahead(&struct {
		Dispute *disputeFields `json:"dispute"`
	}{(*disputeFields)(v)})
	d.Read((*disputeFields)(v))
	d.Context = nil
}

// unmarshal is UnmarshalJSON for the types that are read more tolerantly than
// encoding/json reads them. A fault leaves what was there.
func unmarshal[T any](data []byte, into *T) error {
	v := new(T)
	if err := decodeJSON(V2, data, v); err != nil {
		return err
	}
	*into = *v
	return nil
}

// UnmarshalJSON reads a payment as the service or json.Marshal writes it, under
// its v2 names and as tolerantly as the client does.
func (p *Payment) UnmarshalJSON(data []byte) error { return unmarshal(data, p) }

// UnmarshalJSON reads an order as tolerantly as the client does.
func (o *Order) UnmarshalJSON(data []byte) error { return unmarshal(data, o) }

// UnmarshalJSON reads a refund as tolerantly as the client does.
func (r *Refund) UnmarshalJSON(data []byte) error { return unmarshal(data, r) }

// UnmarshalJSON reads a page as tolerantly as the client does.
func (p *PaymentPage) UnmarshalJSON(data []byte) error { return unmarshal(data, p) }

// UnmarshalJSON reads a configuration as tolerantly as the client does.
func (c *Configuration) UnmarshalJSON(data []byte) error { return unmarshal(data, c) }

// UnmarshalJSON reads a dispute as tolerantly as the client does.
func (d *Dispute) UnmarshalJSON(data []byte) error { return unmarshal(data, d) }
