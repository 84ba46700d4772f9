package webhook_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/webhook"
)

const (
	address = "https://shop.example/afterpay/webhook"
	secret  = "shared secret"
)

// date is when the notifications of these tests are sent.
var date = time.Unix(1700000000, 0)

// recorded returns a recorded body of testdata.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name + ".json")
	require.NoError(t, err)
	return text
}

func disputeBody(t testing.TB) []byte {
	return []byte(strings.TrimSpace(string(recorded(t, "webhook_dispute_created"))))
}

// newVerifier returns a Verifier whose clock shows date.
func newVerifier(t testing.TB, otherSecrets ...string) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewVerifier(address, secret, otherSecrets...)
	require.NoError(t, err)
	v.Now = func() time.Time { return date }
	return v
}

// signedAs returns the headers of a notification with a given signature.
func signedAs(signature string) http.Header {
	return http.Header{"X-Afterpay-Request-Date": {"1700000000"}, "X-Afterpay-Request-Signature": {signature}}
}

// The signatures were made with openssl dgst -sha256 -hmac.
func TestVerify_AcceptsSignaturesOfOpenSSL(t *testing.T) {
	t.Parallel()
	signatures := map[string]string{
		"URL":                "lPQyy1lhcUORQrUMSpzsdLCkEzSW1Gt3OECb3rl6SS0=",
		"host":               "fYlSbekEGXiSTMylZU33ATtQBv3rrGqQwZNrzf03Ses=",
		"URL, separator \\n": "EFudLOLIEgKW9Tc5ajO0q3TJ6M8D7AhlcVOidWF3yZg=",
	}
	settings := map[string]func(*webhook.Verifier){
		"URL":                func(*webhook.Verifier) {},
		"host":               func(v *webhook.Verifier) { v.SignOver = webhook.SignOverHost },
		"URL, separator \\n": func(v *webhook.Verifier) { v.Separator = `\n` },
	}
	for signed, signature := range signatures {
		for expected, set := range settings {
			v := newVerifier(t)
			set(v)
			e, err := v.Verify(signedAs(signature), disputeBody(t))
			if signed != expected {
				require.ErrorIs(t, err, webhook.ErrSignature, "%s for %s", signed, expected)
				require.Nil(t, e)
				continue
			}
			require.NoError(t, err, signed)
			require.Equal(t, "dp_0001", e.Dispute.ID)
		}
	}
}

func TestVerify_RefusesForgedNotifications(t *testing.T) {
	t.Parallel()
	const good = "lPQyy1lhcUORQrUMSpzsdLCkEzSW1Gt3OECb3rl6SS0="
	raw, err := base64.StdEncoding.DecodeString(good)
	require.NoError(t, err)
	type headers = func(http.Header)
	set := func(name, value string) headers { return func(h http.Header) { h.Set(name, value) } }
	signature := func(value string) headers { return set("X-Afterpay-Request-Signature", value) }
	for name, tc := range map[string]struct {
		change headers
		body   func(string) string
	}{
		"longer body":          {body: func(b string) string { return b + " " }},
		"empty body":           {body: func(string) string { return "" }},
		"another date":         {change: set("X-Afterpay-Request-Date", "1700000001")},
		"no date":              {change: func(h http.Header) { h.Del("X-Afterpay-Request-Date") }},
		"no signature":         {change: func(h http.Header) { h.Del("X-Afterpay-Request-Signature") }},
		"two dates":            {change: func(h http.Header) { h.Add("X-Afterpay-Request-Date", "1700000000") }},
		"two signatures":       {change: func(h http.Header) { h.Add("X-Afterpay-Request-Signature", good) }},
		"empty signature":      {change: signature("")},
		"invalid base64":       {change: signature("not base64!")},
		"hexadecimal":          {change: signature(fmt.Sprintf("%x", raw))},
		"base64, no padding":   {change: signature(strings.TrimRight(good, "="))},
		"base64, spare bits":   {change: signature(good[:len(good)-2] + "1=")},
		"base64 for URLs":      {change: signature(good[:1] + "-" + good[2:])},
		"first half":           {change: signature(base64.StdEncoding.EncodeToString(raw[:16]))},
		"one byte longer":      {change: signature(base64.StdEncoding.EncodeToString(append(raw, 0)))},
		"right first digit":    {change: signature("l" + strings.Repeat("A", 42) + "=")},
		"signature of nothing": {change: signature(base64.StdEncoding.EncodeToString(make([]byte, 32)))},
	} {
		h, body := signedAs(good), string(disputeBody(t))
		_, err := newVerifier(t).Verify(h, []byte(body))
		require.NoError(t, err)
		if tc.change != nil {
			tc.change(h)
		}
		if tc.body != nil {
			body = tc.body(body)
		}
		e, err := newVerifier(t).Verify(h, []byte(body))
		require.ErrorIs(t, err, webhook.ErrSignature, name)
		require.Nil(t, e, name)
	}
}

func TestVerify_RefusesSignaturesForAnotherURLOrSecret(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"another URL":    afterpaytest.SignWebhook(secret, address+"/", date, disputeBody(t)),
		"another secret": afterpaytest.SignWebhook(secret+"x", address, date, disputeBody(t)),
		"empty secret":   afterpaytest.SignWebhook("", address, date, disputeBody(t)),
	} {
		_, err := newVerifier(t, "").Verify(header, disputeBody(t))
		require.ErrorIs(t, err, webhook.ErrSignature, name)
	}
}

func TestVerify_RefusesDatesOutsideTheTolerance(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		age       time.Duration
		tolerance time.Duration
		ok        bool
	}{
		"now":                                  {0, 0, true},
		"five minutes old":                     {5 * time.Minute, 0, true},
		"just older than five minutes":         {5*time.Minute + time.Nanosecond, 0, false},
		"days old":                             {72 * time.Hour, 0, false},
		"five minutes ahead":                   {-5 * time.Minute, 0, true},
		"just over five minutes ahead":         {-5*time.Minute - time.Nanosecond, 0, false},
		"nine minutes old, ten tolerated":      {9 * time.Minute, 10 * time.Minute, true},
		"a minute old, half a minute accepted": {time.Minute, 30 * time.Second, false},
	} {
		v := newVerifier(t)
		v.Tolerance = tc.tolerance
		v.Now = func() time.Time { return date.Add(tc.age) }
		e, err := v.Verify(afterpaytest.SignWebhook(secret, address, date, disputeBody(t)), disputeBody(t))
		if tc.ok {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, webhook.ErrStale, name)
		require.NotErrorIs(t, err, webhook.ErrSignature, name)
		require.Nil(t, e)
	}
	for _, at := range []time.Time{time.Unix(-1, 0), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0), time.Unix(1<<62, 0), time.Unix(253402300800, 0)} {
		_, err := newVerifier(t).Verify(afterpaytest.SignWebhook(secret, address, at, nil), nil)
		require.ErrorIs(t, err, webhook.ErrStale, at)
	}
}

// The signature was made with openssl dgst -sha256 -hmac, over the date "soon".
func TestVerify_TreatsASignedMalformedDateAsStale(t *testing.T) {
	t.Parallel()
	header := signedAs("liDvtDZNc1k1KPH5YGMsfT++YL1SKUNx34/767SQU/g=")
	header.Set("X-Afterpay-Request-Date", "soon")
	for _, now := range []time.Time{date, time.Unix(0, 0)} {
		v := newVerifier(t)
		v.Now = func() time.Time { return now }
		_, err := v.Verify(header, disputeBody(t))
		require.ErrorIs(t, err, webhook.ErrStale, now)
	}
}

func TestVerify_UsesTheSystemClockByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier(t)
		v.Now = nil
		header := afterpaytest.SignWebhook(secret, address, time.Now(), disputeBody(t))
		<-time.After(5 * time.Minute)
		_, err := v.Verify(header, disputeBody(t))
		require.NoError(t, err)
		<-time.After(time.Second)
		_, err = v.Verify(header, disputeBody(t))
		require.ErrorIs(t, err, webhook.ErrStale)
	})
}

func TestVerify_AcceptsEverySecret(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, "", "next secret\n", "last secret")
	for secret, ok := range map[string]bool{secret: true, "next secret": true, "last secret": true, "": false, "other": false} {
		_, err := v.Verify(afterpaytest.SignWebhook(secret, address, date, disputeBody(t)), disputeBody(t))
		require.Equal(t, ok, err == nil, "%q", secret)
	}
}

func TestNewVerifier_RemovesLineEndsFromSecrets(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n", "\n\n"} {
		v, err := webhook.NewVerifier(address, secret+end)
		require.NoError(t, err)
		v.Now = func() time.Time { return date }
		_, err = v.Verify(afterpaytest.SignWebhook(secret, address, date, disputeBody(t)), disputeBody(t))
		require.NoError(t, err, "%q", end)
	}
}

func TestNewVerifier_RefusesInvalidURLsAndSecrets(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url     string
		secrets []string
		fields  []string
	}{
		"nothing":                 {"", []string{""}, []string{"url", "secret"}},
		"no secret":               {address, []string{""}, []string{"secret"}},
		"a line end only":         {address, []string{"\r\n"}, []string{"secret"}},
		"only another secret":     {address, []string{"", secret}, []string{"secret"}},
		"space before":            {address, []string{" " + secret}, []string{"secret"}},
		"space before a line end": {address, []string{secret + " \n"}, []string{"secret"}},
		"space, another secret":   {address, []string{secret, secret + "\t"}, []string{"secret"}},
		"no host":                 {"/afterpay/webhook", []string{secret}, []string{"url"}},
		"malformed URL":           {"https://shop.example/%", []string{secret}, []string{"url"}},
		"arguments swapped":       {secret, []string{address}, []string{"url"}},
	} {
		v, err := webhook.NewVerifier(tc.url, tc.secrets[0], tc.secrets[1:]...)
		require.ErrorIs(t, err, afterpay.ErrInvalid, name)
		require.Nil(t, v, name)
		require.NotContains(t, err.Error(), secret, name)
		var e *afterpay.Error
		require.ErrorAs(t, err, &e)
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Field)
			require.Contains(t, err.Error(), f.Field+" must", name)
		}
		require.Equal(t, tc.fields, fields, name)
	}
}

func TestVerify_RefusesEverythingWithoutNewVerifier(t *testing.T) {
	t.Parallel()
	_, err := new(webhook.Verifier).Verify(afterpaytest.SignWebhook("", "", time.Now(), disputeBody(t)), disputeBody(t))
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.NotErrorIs(t, err, webhook.ErrSignature)
	require.ErrorContains(t, err, "verifier must be made by NewVerifier")
}

func TestVerifier_ShowsNoSecretHoweverItIsPrinted(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, "next "+secret)
	printed := logged(v) + logged(*v)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb+verb, v, *v)
	}
	for _, hidden := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%d", []byte(secret))} {
		require.NotContains(t, printed, hidden)
	}
}

// logged returns value as slog's handlers write it.
func logged(value any) string {
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Info("", "value", value)
	slog.New(slog.NewTextHandler(&b, nil)).Info("", "value", value)
	return b.String()
}
