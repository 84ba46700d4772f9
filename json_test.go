package afterpay

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each member is read under the name it is written under: what was filled to
// the last field comes back whole. The names themselves are held against the
// bodies of testdata elsewhere.
func TestEveryFieldComesBackFromItsOwnJSON(t *testing.T) {
	t.Parallel()
	comesBack[Payment](t)
	comesBack[PaymentPage](t)
	comesBack[Order](t)
	comesBack[Refund](t)
	comesBack[Configuration](t)
	comesBack[Dispute](t)
	comesBack[DisputePage](t)
	comesBack[EvidenceFile](t)
}

func comesBack[T any](t *testing.T) {
	t.Helper()
	want := filled[T]()
	text, err := json.Marshal(want)
	require.NoError(t, err)

	got := new(T)
	require.NoError(t, decodeJSON(V2, text, got))
	require.Equal(t, want, got)

	again := new(T)
	require.NoError(t, json.Unmarshal(text, again))
	require.Equal(t, want, again)
}

// fill gives every field of v a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch at := v.Addr().Interface().(type) {
	case *Timestamp:
		*at = Timestamp{time.UnixMilli(1_600_000_000_000 + int64(*n)).UTC()}
		return
	case *Money:
		*at = Money{Amount(*n), CurrencyUSD}
		return
	case *json.RawMessage:
		*at = fmt.Appendf(nil, `{"n":%d}`, *n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Unread" { // which is about other fields
				fill(v.Field(i), n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d é \"<&>\"", *n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("no value for a " + v.Type().String())
	}
}

// filled returns a value of which every field is set, each to something else.
func filled[T any]() *T {
	v := new(T)
	fill(reflect.ValueOf(v).Elem(), new(int))
	return v
}

// What is sent is what encoding/json makes of the same value.
func TestRequestsAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	t.Parallel()
	for _, body := range []any{
		filled[CreateOrderRequest](), &CreateOrderRequest{},
		filled[CaptureRequest](), &CaptureRequest{},
		filled[AuthorizeRequest](), &AuthorizeRequest{},
		filled[CapturePartRequest](), &CapturePartRequest{},
		filled[VoidRequest](), &VoidRequest{},
		filled[RefundRequest](), &RefundRequest{},
		filled[Courier](), &Courier{},
		filled[updateReferenceRequest](), &updateReferenceRequest{},
		filled[respondRequest](), &emptyBody{},
	} {
		t.Run(reflect.TypeOf(body).Elem().Name(), func(t *testing.T) {
			t.Parallel()
			want, err := json.Marshal(body)
			require.NoError(t, err)
			got, err := encodeJSON(V2, body)
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(got))
		})
	}
}

func TestFailedDecodingLeavesAValueAsItWas(t *testing.T) {
	t.Parallel()
	unchanged(t, Payment{ID: "1"}, ``, `{`, `{"id":"2"`, `{"id":"2","originalAmount":{"amount":"x"}}`)
	unchanged(t, Order{Token: "t"}, `{"token":"u"`, `{"token":"u","amount":{"amount":"x"}}`)
	unchanged(t, Refund{ID: "1"}, `{"refundId":"2"`, `{"refundId":"2","amount":{"amount":"x"}}`)
	unchanged(t, Configuration{PublicID: "p"}, `{"publicId":"q"`, `{"publicId":"q","minimumAmount":{"amount":"x"}}`)
}

func unchanged[T any, P interface {
	*T
	json.Unmarshaler
}](t *testing.T, before T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		v := before
		require.Error(t, P(&v).UnmarshalJSON([]byte(text)), text)
		require.Equal(t, before, v, text)
	}
}

func TestPayment_AmountsThatDecideAreStrict(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{
		"originalAmount.amount":    `{"id":"1","originalAmount":{"amount":%s,"currency":"USD"}}`,
		"openToCaptureAmount":      `{"id":"1","openToCaptureAmount":%s}`,
		"events[2].amount.amount":  `{"id":"1","events":[{},{"amount":null},{"amount":{"amount":%s}}]}`,
		"events.amount.amount":     `{"id":"1","events":{"amount":{"amount":%s}}}`,
		"refunds[0].amount.amount": `{"refunds":[{"amount":{"currency":"USD","amount":%s}}]}`,
	} {
		for _, amount := range []string{`"1,021.85"`, `"0.001"`, `12.345`, `"twelve"`, `" "`, `1e400`} {
			p, err := decoded[Payment](V2, fmt.Appendf(nil, text, amount))
			require.Nil(t, p)
			require.ErrorIs(t, err, ErrAmount, amount)
			require.EqualError(t, err, path+" is invalid")
		}
	}
	_, err := decoded[PaymentPage](V2, []byte(`{"results":[{"id":"1"},{"id":"2","originalAmount":{"amount":"x"}}]}`))
	require.EqualError(t, err, "results[1].originalAmount.amount is invalid")
}

func TestPayment_UnreadableFieldsThatDoNotDecideAreKeptAsUnread(t *testing.T) {
	t.Parallel()
	const text = `{"id":"1","status":"APPROVED","created":"soon","originalAmount":{"amount":"5.00","currency":"USD"},
		"refunds":[{"refundId":"7","amount":{"amount":"1.00","currency":"USD"},"refundedAt":"26/08/2021"}],
		"orderDetails":{"courier":{"shippedAt":17000000000000},"taxAmount":{"amount":"1,00","currency":"USD"},"shippingAmount":"free",
		"items":[{"name":"a","quantity":"two","price":{"amount":"0.001","currency":"USD"}},{"name":"b","quantity":1.5,"price":"x"}],
		"discounts":[{"displayName":"d","amount":{"amount":"10%"}}]},"events":[{"type":"CAPTURED","created":"now"}]}`
	want := Payment{
		ID: "1", Status: StatusApproved, OriginalAmount: USD(5_00), Refunds: []Refund{{ID: "7", Amount: USD(1_00)}},
		OrderDetails: OrderDetails{Items: []Item{{Name: "a"}, {Name: "b"}}, Discounts: []Discount{{DisplayName: "d"}}},
		Events:       []PaymentEvent{{Type: EventCaptured}},
		Unread: map[string]string{
			"created": "soon", "refunds[0].refundedAt": "26/08/2021", "orderDetails.courier.shippedAt": "17000000000000",
			"orderDetails.taxAmount.amount": "1,00", "orderDetails.shippingAmount": "free",
			"orderDetails.items[0].quantity": "two", "orderDetails.items[0].price.amount": "0.001",
			"orderDetails.items[1].quantity": "1.5", "orderDetails.items[1].price": "x",
			"orderDetails.discounts[0].amount.amount": "10%", "events[0].created": "now",
		},
	}
	p, err := decoded[Payment](V2, []byte(text))
	require.NoError(t, err)
	require.Equal(t, &want, p)

	page, err := decoded[PaymentPage](V1, []byte(`{"totalResults":"all","results":[{"id":"0"},`+text+`]}`))
	require.NoError(t, err)
	require.Equal(t, []*Payment{{ID: "0"}, &want}, page.Payments, "paths begin at the payment")

	var items []string
	for range 2000 {
		items = append(items, `{"quantity":"many"}`)
	}
	p, err = decoded[Payment](V2, []byte(`{"id":"1","orderDetails":{"items":[`+strings.Join(items, ",")+`]}}`))
	require.NoError(t, err)
	require.Len(t, p.Unread, 1000, "what is kept is bounded")
}

func TestOrder_AmountIsStrictAndTheRestIsNot(t *testing.T) {
	t.Parallel()
	_, err := decoded[Order](V1, []byte(`{"token":"t","totalAmount":{"amount":"1,0","currency":"USD"}}`))
	require.EqualError(t, err, "amount.amount is invalid")
	o, err := decoded[Order](V2, []byte(`{"token":"t","expires":"later","taxAmount":{"amount":"x"},"initialOrderAmount":{"amount":"y"},"items":[{"price":{"amount":"z"}}]}`))
	require.NoError(t, err)
	require.Equal(t, &Order{
		Token: "t", CreateOrderRequest: CreateOrderRequest{Items: []Item{{}}},
		Unread: map[string]string{"expires": "later", "taxAmount.amount": "x", "initialOrderAmount.amount": "y", "items[0].price.amount": "z"},
	}, o)
	d, err := decoded[Dispute](V2, []byte(`{"id":"dp_1","responseDueBy":"soon"}`))
	require.NoError(t, err)
	require.Equal(t, &Dispute{ID: "dp_1", Unread: map[string]string{"responseDueBy": "soon"}}, d)
}

func TestFormsWithOneExactMeaningAreRead(t *testing.T) {
	t.Parallel()
	at := Timestamp{time.Unix(1691884800, 0).UTC()}
	for text, want := range map[string]Payment{
		"\uFEFF" + `{"id":"1"}`: {ID: "1"},
		`{"id":1}`:              {ID: "1"},
		`{"originalAmount":{"amount":"21.850","currency":"usd"}}`:    {OriginalAmount: USD(21_85)},
		`{"originalAmount":{"amount":"12.3400","currency":" Aud "}}`: {OriginalAmount: AUD(12_34)},
		`{"originalAmount":{"amount":" 21.85 ","currency":"JPY"}}`:   {OriginalAmount: Money{21_85, "JPY"}},
		`{"originalAmount":{"amount":2185e-2,"currency":"nzd"}}`:     {OriginalAmount: NZD(21_85)},
		`{"created":"1691884800.0"}`:                                 {Created: at},
		`{"created":1691884800.0}`:                                   {Created: at},
		`{"created":"2023-08-13T00:00:00.000+0000"}`:                 {Created: at},
		`{"created":"2023-08-13T10:00:00+1000"}`:                     {Created: at},
		`{"events":{"type":"CAPTURED"},"refunds":{"refundId":5}}`:    {Events: []PaymentEvent{{Type: EventCaptured}}, Refunds: []Refund{{ID: "5"}}},
		`{"orderDetails":{"items":{"name":"a","quantity":2.0}}}`:     {OrderDetails: OrderDetails{Items: []Item{{Name: "a", Quantity: 2}}}},
		`{"orderDetails":{"items":[{"quantity":"3"}]}}`:              {OrderDetails: OrderDetails{Items: []Item{{Quantity: 3}}}},
		`{"taxAmount":{"amount":"1.00","currency":"USD"},"shippingAmount":{"amount":"0.00","currency":"USD"}}`: {
			OrderDetails: OrderDetails{TaxAmount: USD(1_00), ShippingAmount: USD(0)},
		},
		`{"orderDetails":{"taxAmount":{"amount":"1.00","currency":"USD"}}}`: {OrderDetails: OrderDetails{TaxAmount: USD(1_00)}},
		`{"paymentType":"PAY_BY_INSTALLMENT"}`:                              {PaymentType: "PAY_BY_INSTALLMENT"},
	} {
		p, err := decoded[Payment](V2, []byte(text))
		require.NoError(t, err, text)
		require.Equal(t, &want, p, text)
	}
}

// A page of small payments takes hundreds of times its own size in memory, which
// a hostile service could use.
func TestDecodingTakesMemoryInProportionToTheText(t *testing.T) {
	page := func(element string, n int) []byte {
		return []byte(`{"results":[` + strings.Repeat(element+",", n) + element + `]}`)
	}
	for element, refused := range map[string]bool{`{}`: true, `{"events":[{},{},{},{}]}`: true, `{"orderDetails":{"items":[{"categories":[["a"]]}]}}`: false} {
		text := page(element, 300_000/(len(element)+1))
		var err error
		taken := testing.Benchmark(func(b *testing.B) { // counts bytes
			for range b.N {
				err = decodeJSON(V2, text, new(PaymentPage))
			}
		}).AllocedBytesPerOp()
		require.Equal(t, refused, err != nil, element)
		require.Less(t, taken, int64(16<<20), element)
	}
}
