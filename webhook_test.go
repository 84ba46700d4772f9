package afterpay_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/internal/wire"
)

const (
	webhookURL    = "https://shop.example/afterpay/webhook"
	webhookSecret = "shared secret"
)

// webhookDate is when the notifications of these tests are sent.
var webhookDate = time.Unix(1700000000, 0)

func webhookBody(t testing.TB) []byte {
	return []byte(strings.TrimSpace(recorded(t, "webhook_dispute_created")))
}

func webhookVerifier() afterpay.WebhookVerifier {
	return afterpay.WebhookVerifier{Secret: webhookSecret, URL: webhookURL, Now: func() time.Time { return webhookDate }}
}

func webhookHeader(signature string) http.Header {
	return http.Header{"X-Afterpay-Request-Date": {"1700000000"}, "X-Afterpay-Request-Signature": {signature}}
}

// TestSignaturesMadeElsewhereVerify holds the verifier against signatures made
// with openssl dgst -sha256 -hmac.
func TestSignaturesMadeElsewhereVerify(t *testing.T) {
	t.Parallel()
	signatures := map[string]string{
		"url":               "lPQyy1lhcUORQrUMSpzsdLCkEzSW1Gt3OECb3rl6SS0=",
		"host":              "fYlSbekEGXiSTMylZU33ATtQBv3rrGqQwZNrzf03Ses=",
		"url, \\n as it is": "EFudLOLIEgKW9Tc5ajO0q3TJ6M8D7AhlcVOidWF3yZg=",
	}
	verifiers := map[string]func(*afterpay.WebhookVerifier){
		"url":               func(*afterpay.WebhookVerifier) {},
		"host":              func(v *afterpay.WebhookVerifier) { v.Signed = afterpay.SignedHost },
		"url, \\n as it is": func(v *afterpay.WebhookVerifier) { v.Separator = `\n` },
	}
	for signed, signature := range signatures {
		for made, change := range verifiers {
			v := webhookVerifier()
			change(&v)
			e, err := v.Verify(webhookHeader(signature), webhookBody(t))
			if signed != made {
				require.ErrorIs(t, err, afterpay.ErrSignature, "%s for %s", signed, made)
				require.Nil(t, e)
				continue
			}
			require.NoError(t, err, signed)
			require.Equal(t, "dp_0001", e.Dispute.ID)
		}
	}
	require.Equal(t, signatures["url"], afterpaytest.SignWebhook(webhookSecret, webhookURL, webhookDate, webhookBody(t)).Get("X-Afterpay-Request-Signature"))
}

func TestForgedNotificationsAreRefused(t *testing.T) {
	t.Parallel()
	const good = "lPQyy1lhcUORQrUMSpzsdLCkEzSW1Gt3OECb3rl6SS0="
	raw, err := base64.StdEncoding.DecodeString(good)
	require.NoError(t, err)
	for name, forge := range map[string]func(v *afterpay.WebhookVerifier, h http.Header, body *[]byte){
		"another body": func(_ *afterpay.WebhookVerifier, _ http.Header, b *[]byte) { *b = append(*b, ' ') },
		"no body":      func(_ *afterpay.WebhookVerifier, _ http.Header, b *[]byte) { *b = nil },
		"another date": func(_ *afterpay.WebhookVerifier, h http.Header, _ *[]byte) {
			h.Set("X-Afterpay-Request-Date", "1700000001")
		},
		"another URL":    func(v *afterpay.WebhookVerifier, _ http.Header, _ *[]byte) { v.URL += "/" },
		"another secret": func(v *afterpay.WebhookVerifier, _ http.Header, _ *[]byte) { v.Secret += "x" },
		"no date":        func(_ *afterpay.WebhookVerifier, h http.Header, _ *[]byte) { h.Del("X-Afterpay-Request-Date") },
		"no signature":   func(_ *afterpay.WebhookVerifier, h http.Header, _ *[]byte) { h.Del("X-Afterpay-Request-Signature") },
		"two dates": func(_ *afterpay.WebhookVerifier, h http.Header, _ *[]byte) {
			h.Add("X-Afterpay-Request-Date", "1700000000")
		},
		"two signatures": func(_ *afterpay.WebhookVerifier, h http.Header, _ *[]byte) {
			h.Add("X-Afterpay-Request-Signature", good)
		},
		"empty signature":   signedAs(""),
		"no base64":         signedAs("not base64!"),
		"hex":               signedAs(fmt.Sprintf("%x", raw)),
		"without padding":   signedAs(strings.TrimRight(good, "=")),
		"sloppy last digit": signedAs(good[:len(good)-2] + "1="),
		"for URLs":          signedAs(strings.NewReplacer("+", "-", "/", "_").Replace(good[:1]) + "-" + good[2:]),
		"cut short":         signedAs(base64.StdEncoding.EncodeToString(raw[:16])),
		"longer":            signedAs(base64.StdEncoding.EncodeToString(append(raw, 0))),
		"first digit only":  signedAs("l" + strings.Repeat("A", 42) + "="), // equal to a comparison of hex that is none
		"nothing signed":    signedAs(base64.StdEncoding.EncodeToString(make([]byte, 32))),
	} {
		v, h, body := webhookVerifier(), webhookHeader(good), webhookBody(t)
		_, err := v.Verify(h, body)
		require.NoError(t, err)
		forge(&v, h, &body)
		e, err := v.Verify(h, body)
		require.ErrorIs(t, err, afterpay.ErrSignature, name)
		require.Nil(t, e, name)
	}
}

func signedAs(signature string) func(*afterpay.WebhookVerifier, http.Header, *[]byte) {
	return func(_ *afterpay.WebhookVerifier, h http.Header, _ *[]byte) {
		h.Set("X-Afterpay-Request-Signature", signature)
	}
}

func TestNotificationsMustBeOfNow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after     time.Duration // of now over the date
		tolerance time.Duration
		ok        bool
	}{
		"at once":                       {0, 0, true},
		"five minutes old":              {5 * time.Minute, 0, true},
		"a little older":                {5*time.Minute + time.Nanosecond, 0, false},
		"days old":                      {72 * time.Hour, 0, false},
		"five minutes ahead":            {-5 * time.Minute, 0, true},
		"a little more ahead":           {-5*time.Minute - time.Nanosecond, 0, false},
		"older, with more tolerance":    {9 * time.Minute, 10 * time.Minute, true},
		"a minute old, with less of it": {time.Minute, 30 * time.Second, false},
	} {
		v := webhookVerifier()
		v.Tolerance = tc.tolerance
		v.Now = func() time.Time { return webhookDate.Add(tc.after) }
		e, err := v.Verify(afterpaytest.SignWebhook(webhookSecret, webhookURL, webhookDate, webhookBody(t)), webhookBody(t))
		if tc.ok {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, afterpay.ErrStale, name)
		require.NotErrorIs(t, err, afterpay.ErrSignature, name)
		require.Nil(t, e)
	}
	for _, at := range []time.Time{time.Unix(-1, 0), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0), time.Unix(1<<62, 0), time.Unix(253402300800, 0), webhookDate.Add(-1000 * time.Hour)} {
		_, err := webhookVerifier().Verify(afterpaytest.SignWebhook(webhookSecret, webhookURL, at, nil), nil)
		require.ErrorIs(t, err, afterpay.ErrStale, at)
	}
}

func TestNotificationsAgeByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := afterpay.WebhookVerifier{Secret: webhookSecret, URL: webhookURL}
		header := afterpaytest.SignWebhook(webhookSecret, webhookURL, time.Now(), webhookBody(t))
		for range 5 {
			_, err := v.Verify(header, webhookBody(t))
			require.NoError(t, err)
			<-time.After(time.Minute)
		}
		_, err := v.Verify(header, webhookBody(t))
		require.NoError(t, err)
		<-time.After(time.Second)
		_, err = v.Verify(header, webhookBody(t))
		require.ErrorIs(t, err, afterpay.ErrStale)
	})
}

func TestSecretsCanBeReplaced(t *testing.T) {
	t.Parallel()
	v := webhookVerifier()
	v.OtherSecrets = []string{"", "next secret", "last secret"}
	for secret, ok := range map[string]bool{webhookSecret: true, "next secret": true, "last secret": true, "": false, "other": false} {
		_, err := v.Verify(afterpaytest.SignWebhook(secret, webhookURL, webhookDate, webhookBody(t)), webhookBody(t))
		require.Equal(t, ok, err == nil, "%q", secret)
	}
}

func TestVerifiersWithoutSecretOrURLVerifyNothing(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]afterpay.WebhookVerifier{
		"nothing":           {},
		"no secret":         {URL: webhookURL},
		"only other secret": {URL: webhookURL, OtherSecrets: []string{webhookSecret}},
		"no URL":            {Secret: webhookSecret},
		"no host":           {Secret: webhookSecret, URL: "/afterpay/webhook"},
	} {
		v.Now = func() time.Time { return webhookDate }
		for _, secret := range []string{v.Secret, webhookSecret} {
			_, err := v.Verify(afterpaytest.SignWebhook(secret, v.URL, webhookDate, webhookBody(t)), webhookBody(t))
			require.ErrorIs(t, err, afterpay.ErrInvalid, name)
			require.NotErrorIs(t, err, afterpay.ErrSignature, name)
		}
	}
}

func TestWebhookEventsAreTyped(t *testing.T) {
	t.Parallel()
	at := func(text string) afterpay.Timestamp {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return afterpay.Timestamp{Time: parsed}
	}
	for name, want := range map[string]afterpay.WebhookEvent{
		"webhook_dispute_created": {
			ID: "evt_0001", Type: afterpay.WebhookDisputeCreated,
			Dispute: &afterpay.DisputeNotice{ID: "dp_0001", MerchantReference: "100101481"},
		},
		"webhook_grant_cancelled": {
			ID: "evt_0002", Type: afterpay.WebhookGrantUpdated, CreatedAt: at("2024-03-01T10:00:00Z"),
			Grant: &afterpay.Grant{
				ID: "gr_0001", Type: "ON_FILE", Status: afterpay.GrantCancelled, Created: at("2024-01-01T10:00:00Z"),
				Cancelled: at("2024-03-01T10:00:00Z"), MerchantReference: "customer-1", Email: "a***@e***.com",
			},
		},
		"webhook_cash_app_grant_revoked": {
			ID: "evt_0003", Type: afterpay.WebhookCashAppGrantUpdated, CreatedAt: at("2024-03-01T10:00:01Z"),
			CashAppGrant: &afterpay.CashAppGrant{ID: "GRG_0001", Intent: "ON_FILE", Type: "CASHAPP", Details: afterpay.CashAppGrantDetails{
				Status: afterpay.GrantRevoked, CashApp: afterpay.CashAppCustomer{CustomerID: "CST_0001", Cashtag: "$ann"},
				CreatedAt: at("2024-01-01T10:00:00Z"), UpdatedAt: at("2024-03-01T10:00:00Z"), ExpiresAt: at("2034-01-01T10:00:00Z"),
			}},
		},
		"webhook_agreement_terminated": {}, // known to the documentation, not to this package
	} {
		body := []byte(recorded(t, name))
		want.Raw = body
		got, err := webhookVerifier().Verify(afterpaytest.SignWebhook(webhookSecret, webhookURL, webhookDate, body), body)
		require.NoError(t, err, name)
		require.Equal(t, want, *got, name)
	}
}

func TestWebhookEventsOfOtherShapes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want afterpay.WebhookEvent
	}{
		"dispute type to come":        {`{"webhook_event_type":"escalated","dispute_id":"dp_1"}`, afterpay.WebhookEvent{Type: "dispute.escalated", Dispute: &afterpay.DisputeNotice{ID: "dp_1"}}},
		"dispute without its id":      {`{"webhook_event_type":"created","webhook_event_id":"e"}`, afterpay.WebhookEvent{ID: "e", Type: "created"}},
		"grant in a member":           {`{"data":{"object":{"grant":{"id":"gr_1","status":"ACTIVE"}}},"type":"on_file_grant.status.updated"}`, afterpay.WebhookEvent{Type: afterpay.WebhookGrantUpdated, Grant: &afterpay.Grant{ID: "gr_1", Status: afterpay.GrantActive}}},
		"grant with its id outside":   {`{"type":"on_file_grant.status.updated","data":{"id":"gr_1","object":{}}}`, afterpay.WebhookEvent{Type: afterpay.WebhookGrantUpdated, Grant: &afterpay.Grant{ID: "gr_1"}}},
		"grant that is none":          {`{"type":"grant.status.updated","grant":null,"eventId":5}`, afterpay.WebhookEvent{ID: "5", Type: afterpay.WebhookCashAppGrantUpdated}},
		"grant of a type to come":     {`{"type":"grant.created","grant":{"id":"GRG_1"}}`, afterpay.WebhookEvent{Type: "grant.created"}},
		"dispute's members elsewhere": {`{"type":"other","webhook_event_type":"created","dispute_id":"dp_1"}`, afterpay.WebhookEvent{Type: "other"}},
		"nothing":                     {`{}`, afterpay.WebhookEvent{}},
	} {
		got, err := afterpay.ParseWebhookEvent([]byte(tc.text))
		require.NoError(t, err, name)
		tc.want.Raw = []byte(tc.text)
		require.Equal(t, tc.want, *got, name)
	}
	for _, text := range []string{``, `null`, `[]`, `"x"`, `{"a":`, `{} {}`} {
		e, err := afterpay.ParseWebhookEvent([]byte(text))
		require.ErrorIs(t, err, afterpay.ErrInvalid, text)
		require.ErrorIs(t, err, wire.ErrSyntax, text)
		require.Nil(t, e)
	}
}

func TestVerifiersAndEventsAreNotSpilled(t *testing.T) {
	t.Parallel()
	v := webhookVerifier()
	v.OtherSecrets = []string{"next " + webhookSecret}
	spilled := fmt.Sprintf("%v %+v %#v %s %v", v, v, v, v, &v) + disputeLogged(v) + disputeLogged(&v)
	require.NotContains(t, spilled, webhookSecret)
	require.Contains(t, spilled, webhookURL)
	for _, name := range []string{"webhook_dispute_created", "webhook_grant_cancelled", "webhook_cash_app_grant_revoked"} {
		e, err := afterpay.ParseWebhookEvent([]byte(recorded(t, name)))
		require.NoError(t, err)
		logged := disputeLogged(e)
		if e.Grant != nil {
			logged += disputeLogged(*e.Grant)
		}
		if e.CashAppGrant != nil {
			logged += disputeLogged(*e.CashAppGrant) + disputeLogged(e.CashAppGrant.Details) + disputeLogged(e.CashAppGrant.Details.CashApp)
		}
		require.Contains(t, logged, e.ID)
		for _, private := range []string{"a***", "$ann", "CST_0001", "customer-1", "Raw"} {
			require.NotContains(t, logged, private)
		}
	}
}
