package afterpay

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// filled returns a value of which every field is set, each to something else.
func filled[T any]() *T {
	v := new(T)
	fill(reflect.ValueOf(v).Elem(), new(int))
	return v
}

// The encoder exists for speed alone: what it writes is what encoding/json makes
// of the same value.
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

func TestStringsAreEscapedAsEncodingJSONEscapesThem(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"\"\\/", "\n\r\t\b\f\x00\x1f\x7f", "é€😀\u2028", "<&>"} {
		got, err := encodeJSON(new(dialect), &CaptureRequest{Token: token})
		require.NoError(t, err)
		var back CaptureRequest
		require.NoError(t, json.Unmarshal(got, &back))
		require.Equal(t, token, back.Token)
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
