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
	comesBack(t, readPayment)
	comesBack(t, readPage)
	comesBack(t, readOrder)
	comesBack(t, readRefund)
	comesBack(t, readConfiguration)
}

func comesBack[T any](t *testing.T, read func(*decoder, []byte) (*T, error)) {
	t.Helper()
	want := new(T)
	fill(reflect.ValueOf(want).Elem(), new(int))
	text, err := json.Marshal(want)
	require.NoError(t, err)

	got, err := read(decoderFor("v2_"), text)
	require.NoError(t, err)
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
