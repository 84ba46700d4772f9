package afterpay

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzPayment(f *testing.F) {
	fuzzReader(f, decoded[Payment], "v2_payment_*_20?.json", "v1_payment_*_20?.json")
}

func FuzzPage(f *testing.F) { fuzzReader(f, decoded[PaymentPage], "v1_payment_list_*.json") }

func FuzzOrder(f *testing.F) { fuzzReader(f, decoded[Order], "v2_checkout_*_20?*.json") }

func FuzzRefund(f *testing.F) { fuzzReader(f, decoded[Refund], "v?_refund_created_*.json") }

func FuzzConfiguration(f *testing.F) {
	fuzzReader(f, decoded[Configuration], "v?_configuration_*.json")
}

// fuzzReader checks that a reader takes nothing but one whole JSON text for an
// answer, and that what it read is read the same again after being written.
func fuzzReader[T any](f *testing.F, read func(APIVersion, []byte) (*T, error), patterns ...string) {
	f.Helper()
	for _, file := range goldenFiles(f, patterns...) {
		body := goldenBody(f, file)
		f.Add(body, strings.HasPrefix(file, "v1_"), uint16(len(body)/2))
	}
	for _, text := range []string{
		``, `null`, `{}`, `[]`, `[null]`, `"x"`, `17`, `{"id":1,"token":2,"refundId":3}`,
		`{"id":"1","token":"t","amount":{"amount":1e400}}`, `{"id":"1","token":"t","amount":{"amount":"5"},"expires":"9999-12-31T23:59:59-01:00"}`,
		`{"token":"t","custom":{"a": [1, "\ud800"],"b":null},"items":[{"categories":[[],[null]],"quantity":1.5}]}`,
		`{"totalResults":"9","results":[null,{"events":[null]}]}`, `[{"type":"PAY_BY_INSTALLMENT","minimumAmount":{"amount":5}}]`,
		`{"CBT":{"enabled":true,"limits":{"USD":null,"":{}}},"consumerLending":{"enabled":"true"}}`,
	} {
		f.Add([]byte(text), false, uint16(1))
		f.Add([]byte(text), true, uint16(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, v1 bool, cut uint16) {
		d := decoderFor("v2_")
		if v1 {
			d = decoderFor("v1_")
		}
		got, err := read(d, text)
		if err != nil {
			require.Nil(t, got)
			return
		}
		text = bytes.TrimPrefix(text, []byte("\uFEFF"))
		require.True(t, json.Valid(text), "only JSON is read")

		whole := bytes.Trim(text, " \t\r\n")
		if c := whole[0]; c != '-' && (c < '0' || c > '9') { // the beginning of a number is a number
			_, err = read(d, whole[:int(cut)%len(whole)])
			require.Error(t, err, "the beginning of an answer is none")
		}

		written, err := json.Marshal(got)
		require.NoError(t, err)
		again, err := read(decoderFor("v2_"), written)
		require.NoError(t, err)
		rewritten, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(written), string(rewritten))
	})
}

func FuzzErrorBody(f *testing.F) {
	for _, tc := range goldenErrors() {
		body := goldenBody(f, tc.file)
		f.Add(goldenStatus(f, tc.file), body, uint16(len(body)/2))
	}
	for _, file := range goldenFiles(f, "v2_payment_auth_*.json") {
		f.Add(goldenStatus(f, file), goldenBody(f, file), uint16(100))
	}
	for _, text := range []string{
		``, `null`, `{}`, `<html>`, "\xff", `{"message":"a.b c, items[0].name d, e"}`, `{"message":"[token x]"}`, `{"status":"DECLINED"}`,
		`{"errorCode":"declined","status":"DECLINED"}`,
	} {
		f.Add(500, []byte(text), uint16(1))
		f.Add(402, []byte(text), uint16(1))
	}
	f.Fuzz(func(t *testing.T, status int, text []byte, cut uint16) {
		e := readError(status, text)
		require.Equal(t, status, e.StatusCode)
		require.True(t, status < 400 || e.Kind != "", "every failure has a class")
		require.True(t, utf8.ValidString(e.Raw))
		require.LessOrEqual(t, len(e.Raw), rawLimit*len("\uFFFD"))
		require.True(t, e.Raw != "" || len(text) == 0 || json.Valid(text), "what is not JSON is kept")
		for _, field := range e.Fields {
			require.True(t, isPath(field.Field), field.Field)
		}
		require.True(t, utf8.ValidString(e.Error()))
		if e.Payment == nil {
			return
		}
		require.True(t, e.Kind != ErrDeclined || status == 402 || e.Code != "")
		require.True(t, e.Payment.declined() || e.Payment.ID != "")
		require.True(t, json.Valid(text))
		whole := bytes.Trim(text, " \t\r\n")
		require.Nil(t, readError(status, whole[:int(cut)%len(whole)]).Payment, "half a payment is none")
	})
}

func FuzzRedirect(f *testing.F) {
	for _, raw := range []string{
		"https://shop.example/confirm?status=SUCCESS&orderToken=002.0000000000000000000000000000000000000000aaaabbbb",
		"https://shop.example/confirm?order=1&&status=CANCELLED&orderToken=002.x", "/return?status=SUCCESS&token=abc",
		"?status=CANCEL&orderToken=t", "?status=SUCCESS&status=SUCCESS&orderToken=t", "?status=SUCCESS&status=CANCELLED&orderToken=t",
		"?status=&orderToken=t", "?status=SUCCESS", "?status=SUCCESS;orderToken=t", "?status=S%20&orderToken=%ff", "?orderToken=%zz&status=a", "",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(raw)
		if err != nil {
			return
		}
		r, err := ParseRedirect(u)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			require.Zero(t, r)
			return
		}
		require.NotEmpty(t, r.Token)
		require.NotEmpty(t, r.Status)
		require.NotEqual(t, RedirectStatus("CANCEL"), r.Status)
		require.Equal(t, r.Status == RedirectSuccess, r.Confirmed())

		query := url.Values{"status": {string(r.Status)}, "orderToken": {r.Token}}
		again, err := ParseRedirect(&url.URL{RawQuery: query.Encode()})
		require.NoError(t, err)
		require.Equal(t, r, again)
	})
}
