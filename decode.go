package afterpay

import (
	"net/http"

	"github.com/afterpay-go/afterpay/internal/wire"
)

// decoder reads answers in the vocabulary of this package; its dialect
// translates the names of the API version in use.
type decoder struct {
	wire.Decoder
	dialect *dialect
	header  http.Header // of the answer
}

// object is a kind of object whose members have other names in some version.
type object uint8

const (
	objectOrder object = iota
	objectContact
	objectPayment
	objectRefund
)

// name is a member's name in v2.
func (d *decoder) name(kind object, name []byte) []byte {
	if d.dialect == nil || d.dialect.member == nil {
		return name
	}
	return d.dialect.member(kind, name)
}

// readWhole reads a text that must be one whole JSON value.
func readWhole[T any](d *decoder, text []byte, decode func(*decoder, *T)) (*T, error) {
	d.Reset(text)
	v := new(T)
	decode(d, v)
	if err := d.Close(); err != nil {
		return nil, err
	}
	return v, nil
}

// UnmarshalJSON reads a payment as the service or json.Marshal writes it, of
// either API version under its v2 names, as tolerantly as the client does.
func (p *Payment) UnmarshalJSON(data []byte) error { return unmarshal(data, p, decodePayment) }

// UnmarshalJSON reads an order as tolerantly as the client does.
func (o *Order) UnmarshalJSON(data []byte) error { return unmarshal(data, o, decodeOrder) }

// UnmarshalJSON reads a refund as tolerantly as the client does.
func (r *Refund) UnmarshalJSON(data []byte) error { return unmarshal(data, r, decodeRefund) }

// UnmarshalJSON reads a page as tolerantly as the client does.
func (p *PaymentPage) UnmarshalJSON(data []byte) error {
	return unmarshal(data, p, func(d *decoder, p *PaymentPage) { decodePage(d, p) })
}

// UnmarshalJSON reads a configuration as tolerantly as the client does.
func (c *Configuration) UnmarshalJSON(data []byte) error {
	return unmarshal(data, c, decodeConfiguration)
}

func unmarshal[T any](data []byte, into *T, decode func(*decoder, *T)) error {
	v, err := readWhole(new(decoder), data, decode)
	if err != nil {
		return err
	}
	*into = *v
	return nil
}

func decodePayment(d *decoder, p *Payment) {
	for name := range d.Members() {
		switch string(d.name(objectPayment, name)) {
		case "id":
			p.ID = d.String()
		case "token":
			p.Token = d.String()
		case "status":
			p.Status = PaymentStatus(d.word())
		case "paymentState":
			p.State = PaymentState(d.word())
		case "created":
			p.Created = d.time()
		case "originalAmount":
			p.OriginalAmount = d.money()
		case "openToCaptureAmount":
			p.OpenToCaptureAmount = d.money()
		case "merchantReference":
			p.MerchantReference = d.String()
		case "refunds":
			p.Refunds = list(d, decodeRefund)
		case "orderDetails":
			decodeOrderDetails(d, &p.OrderDetails)
		case "events":
			p.Events = list(d, decodeEvent)
		case "agreements":
			p.Agreements = list(d, decodeAgreement)
		}
	}
}

func decodeEvent(d *decoder, e *PaymentEvent) {
	for name := range d.Members() {
		switch string(name) {
		case "id":
			e.ID = d.String()
		case "created":
			e.Created = d.time()
		case "expires":
			e.Expires = d.time()
		case "type":
			e.Type = EventType(d.word())
			if d.dialect != nil && d.dialect.event != nil {
				e.Type = d.dialect.event(e.Type)
			}
		case "amount":
			e.Amount = d.money()
		case "paymentEventMerchantReference":
			e.MerchantReference = d.String()
		}
	}
}

func decodeRefund(d *decoder, r *Refund) {
	for name := range d.Members() {
		switch string(d.name(objectRefund, name)) {
		case "refundId":
			r.ID = d.String()
		case "requestId":
			r.RequestID = d.String()
		case "amount":
			r.Amount = d.money()
		case "merchantReference":
			r.MerchantReference = d.String()
		case "refundMerchantReference":
			r.RefundMerchantReference = d.String()
		case "refundedAt":
			r.RefundedAt = d.time()
		}
	}
}

// decodePage reports whether there was a list at all.
func decodePage(d *decoder, p *PaymentPage) (listed bool) {
	for name := range d.Members() {
		switch string(name) {
		case "totalResults":
			p.TotalResults = int(d.Int())
		case "limit":
			p.Limit = int(d.Int())
		case "offset":
			p.Offset = int(d.Int())
		case "nextPageUrl":
			p.NextPageURL = d.String()
		case "results":
			listed = true
			for range d.Elements() {
				payment := new(Payment)
				decodePayment(d, payment)
				p.Payments = append(p.Payments, payment)
			}
		}
	}
	return listed
}

// list reads an array, of any length, of objects.
func list[T any](d *decoder, decode func(*decoder, *T)) []T {
	var all []T
	for range d.Elements() {
		var v T
		decode(d, &v)
		all = append(all, v)
	}
	return all
}

func (d *decoder) strings() []string {
	var all []string
	for range d.Elements() {
		all = append(all, d.String())
	}
	return all
}

// money reads a Money. One without an amount is absent; an amount that is none
// spoils the whole answer, as 0 would be a lie.
func (d *decoder) money() Money {
	var m Money
	var known bool
	for name := range d.Members() {
		switch string(name) {
		case "amount":
			text := d.Text()
			if len(text) == 0 {
				continue
			}
			a, ok := parseAmount(text)
			if !ok {
				d.Fail(ErrAmount)
			}
			m.Amount, known = a, true
		case "currency":
			m.Currency = Currency(d.word())
		}
	}
	if !known {
		return Money{}
	}
	return m
}

// time reads a timestamp. One that can't be made out is none: a payment is not
// lost for a date.
func (d *decoder) time() Timestamp {
	t, _ := parseTimestamp(d.Text())
	return t
}

// word reads one of a set of words that recur in every answer, without making
// a new string for those that are known.
func (d *decoder) word() string {
	text := d.Text()
	for _, known := range [...]string{
		string(CurrencyUSD), string(CurrencyAUD), string(CurrencyGBP), string(CurrencyNZD), string(CurrencyCAD), string(CurrencyEUR),
		string(StatusApproved), string(StateCaptured), string(StateAuthApproved), string(StatePartiallyCaptured),
		string(StateVoided), string(StatusDeclined),
	} {
		if string(text) == known {
			return known
		}
	}
	return string(text)
}
