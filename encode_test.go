package afterpay

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// filled returns a value of which every field is set, each to something else.
func filled[T any](t *testing.T) *T {
	t.Helper()
	v := new(T)
	count := 0
	fill(t, reflect.ValueOf(v).Elem(), &count)
	return v
}

func fill(t *testing.T, v reflect.Value, count *int) {
	t.Helper()
	*count++
	switch {
	case v.Type() == reflect.TypeFor[Timestamp]():
		v.Set(reflect.ValueOf(Timestamp{time.Date(2026, 11, 21, 10, 0, *count%60, 5e6, time.FixedZone("", 3600))}))
	case v.Type() == reflect.TypeFor[Custom]():
		v.Set(reflect.ValueOf(Custom{"productType": json.RawMessage(`{"a":[1,"b"]}`)}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), count)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), count)
		fill(t, v.Index(1), count)
	case v.Kind() == reflect.String:
		v.SetString("é\"\\\n\x01<&>\u2028 " + strconv.Itoa(*count))
	case v.CanInt():
		v.SetInt(int64(*count))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("no value for a %v", v.Type())
	}
}

// The encoder exists for speed alone: what it writes is what encoding/json makes
// of the same value.
func TestRequestsAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	t.Parallel()
	for _, body := range []any{
		filled[CreateOrderRequest](t), &CreateOrderRequest{},
		filled[CaptureRequest](t), &CaptureRequest{},
		filled[AuthorizeRequest](t), &AuthorizeRequest{},
		filled[CapturePartRequest](t), &CapturePartRequest{},
		filled[VoidRequest](t), &VoidRequest{},
		filled[RefundRequest](t), &RefundRequest{},
		filled[Courier](t), &Courier{},
		filled[updateReferenceRequest](t), &updateReferenceRequest{},
		&emptyBody{},
	} {
		t.Run(reflect.TypeOf(body).Elem().Name(), func(t *testing.T) {
			t.Parallel()
			require.Implements(t, (*request)(nil), body)
			want, err := json.Marshal(body)
			require.NoError(t, err)
			got, err := encodeJSON(new(dialect), body)
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(got))
		})
	}
}

func TestStringsThatAreNotUTF8AreWrittenWithReplacementCharacters(t *testing.T) {
	t.Parallel()
	got, err := encodeJSON(new(dialect), &CaptureRequest{Token: "a\xffb\xc3"})
	require.NoError(t, err)
	require.Equal(t, "{\"token\":\"a\uFFFDb\uFFFD\"}", string(got))
}

func TestABodyIsASliceOfItsOwn(t *testing.T) {
	t.Parallel()
	first, err := encodeJSON(new(dialect), &CaptureRequest{Token: "first"})
	require.NoError(t, err)
	_, err = encodeJSON(new(dialect), &CaptureRequest{Token: "other"})
	require.NoError(t, err)
	require.JSONEq(t, `{"token":"first"}`, string(first))
}

func TestCustomDataThatIsNoJSONIsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	_, err := encodeJSON(new(dialect), &CreateOrderRequest{Custom: Custom{"a": json.RawMessage(`{`)}})
	require.Error(t, err)
}
