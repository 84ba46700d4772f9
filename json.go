package afterpay

import (
	"bytes"
	"cmp"
	"errors"
	"reflect"

	"github.com/afterpay-go/afterpay/internal/wire"
)

// This file is the only one, with v1.go, that uses internal/wire. The names of the
// JSON fields are in the struct tags of the types.

// dialect is how an API version differs from v2 in JSON. Functions are nil if it
// does not.
type dialect struct {
	codec   wire.Codec
	decode  func(codec *wire.Codec, data []byte, into any) error
	orderBy func(OrderBy) OrderBy
}

var v2Dialect = dialect{codec: wire.Codec{Special: specialType}}

// dialect returns the dialect of a version.
func (v APIVersion) dialect() *dialect {
	if v == V1 {
		return &v1Dialect // without this line the file v1.go can go
	}
	return &v2Dialect
}

// encodeJSON returns the JSON of a request.
func encodeJSON(version APIVersion, request any) ([]byte, error) {
	return version.dialect().codec.Encode(request)
}

// decodeJSON decodes data, which must be one whole JSON value, into the value that
// into points to. What was decoded before a fault stays there.
func decodeJSON(version APIVersion, data []byte, into any) (err error) {
	d := version.dialect()
	if d.decode != nil {
		err = d.decode(&d.codec, data, into)
	} else {
		err = d.codec.Decode(data, into)
	}
	if errors.Is(err, wire.ErrMissing) {
		return errNoList // no other field is required
	}
	return err
}

// refuseUnsupported reports the fields of a request that are set and that the API
// version lacks. The service would ignore them.
func (v *checker) refuseUnsupported(request any) {
	for _, path := range v.version.dialect().codec.Lacks(request) {
		v.v2only(path, true)
	}
}

// errTooManyElements says that a response takes far more memory than its size.
const errTooManyElements = wire.ErrElements

// decoder is implemented by types that their tags do not describe.
type decoder interface{ decode(d *wire.Decoder) }

// specialType returns the function that decodes such a type, and nil for other
// types.
func specialType(t reflect.Type) func(*wire.Decoder, any) {
	if !reflect.PointerTo(t).Implements(reflect.TypeFor[decoder]()) {
		return nil
	}
	return func(d *wire.Decoder, v any) { v.(decoder).decode(d) }
}

// present reports whether a field holds a text. Unlike a string, it takes no
// memory for the text.
type present bool

func (p *present) decode(d *wire.Decoder) { *p = len(d.Text()) > 0 }

// decode reads an object with an amount and a currency, or an amount alone.
// Without an amount it is Money{}.
func (m *Money) decode(d *wire.Decoder) {
	*m = Money{}
	var known bool
	if d.IsObject() {
		for name := range d.Members() {
			switch string(name) {
			case "amount":
				m.Amount, known = decodeAmount(d, "amount")
			case "currency":
				m.Currency.decode(d)
			}
		}
	} else {
		m.Amount, known = decodeAmount(d, "")
	}
	switch {
	case !known:
		*m = Money{}
	case m.Currency == "":
		m.Currency, _ = d.Context.(Currency) // of the dispute
	}
}

// decodeAmount reads the amount in a field, or an amount alone if field is empty. It
// reports false if the amount is missing or has no exact meaning.
func decodeAmount(d *wire.Decoder, field string) (Amount, bool) {
	text := d.Text()
	if len(text) == 0 {
		return 0, false
	}
	a, ok := parseAmount(text)
	if !ok {
		d.Fault(field, text, ErrAmount)
	}
	return a, ok
}

// decode reads a time. A text that is not a time is kept as unread: no payment is
// lost because of a date.
func (t *Timestamp) decode(d *wire.Decoder) {
	text := d.Text()
	var ok bool
	if *t, ok = parseTimestamp(text); !ok {
		d.Unread(text)
	}
}

// decode reads a currency in letters of any case. It makes no new string for the
// currencies of Afterpay.
func (c *Currency) decode(d *wire.Decoder) {
	text := d.Text()
	for _, known := range [...]Currency{CurrencyUSD, CurrencyAUD, CurrencyGBP, CurrencyNZD, CurrencyCAD, CurrencyEUR} {
		if string(text) == string(known) {
			*c = known
			return
		}
	}
	if *c = Currency(bytes.ToUpper(bytes.TrimSpace(text))); !c.valid() {
		*c = Currency(text)
	}
}

// disputeFields is a Dispute that is decoded by its tags alone.
type disputeFields Dispute

// decode reads a dispute, which may be wrapped in a field "dispute". Its currency
// may be apart from its amounts.
func (d *Dispute) decode(from *wire.Decoder) {
	var ahead struct {
		Currency Currency `json:"currency"`
		Dispute  struct {
			Currency Currency `json:"currency"`
		} `json:"dispute"`
	}
	from.Ahead(&ahead)
	from.Context = cmp.Or(ahead.Currency, ahead.Dispute.Currency)
	from.Ahead(&struct {
		Dispute *disputeFields `json:"dispute"`
	}{(*disputeFields)(d)})
	from.Read((*disputeFields)(d))
	from.Context = nil
}

// unmarshal implements UnmarshalJSON for types that are decoded more leniently than
// encoding/json does. If it fails, into is unchanged.
func unmarshal[T any](data []byte, into *T) error {
	v := new(T)
	if err := decodeJSON(V2, data, v); err != nil {
		return err
	}
	*into = *v
	return nil
}

// UnmarshalJSON reads a payment that the service or json.Marshal wrote, under its
// v2 names and as leniently as the client does.
func (p *Payment) UnmarshalJSON(data []byte) error { return unmarshal(data, p) }

// UnmarshalJSON reads an order as leniently as the client does.
func (o *Order) UnmarshalJSON(data []byte) error { return unmarshal(data, o) }

// UnmarshalJSON reads a refund as leniently as the client does.
func (r *Refund) UnmarshalJSON(data []byte) error { return unmarshal(data, r) }

// UnmarshalJSON reads a page as leniently as the client does.
func (p *PaymentPage) UnmarshalJSON(data []byte) error { return unmarshal(data, p) }

// UnmarshalJSON reads a configuration as leniently as the client does.
func (c *Configuration) UnmarshalJSON(data []byte) error { return unmarshal(data, c) }

// UnmarshalJSON reads a dispute as leniently as the client does.
func (d *Dispute) UnmarshalJSON(data []byte) error { return unmarshal(data, d) }
