package afterpay

import (
	"encoding/json"
	"fmt"
	"reflect"
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
			fill(v.Field(i), n)
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
