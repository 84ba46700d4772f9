package afterpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Why a notification is refused, besides ErrInvalid.
const (
	// ErrSignature: the notification is not signed, or not for this URL and
	// with one of these secrets. Anybody may have sent it.
	ErrSignature Kind = "wrong webhook signature"
	// ErrStale: the notification is signed well and was signed too long ago, or
	// in the future. It was recorded and sent again, or a clock is wrong.
	ErrStale Kind = "webhook out of time"
)

// The headers of a notification.
const (
	headerWebhookDate      = "X-Afterpay-Request-Date" // seconds since 1970
	headerWebhookSignature = "X-Afterpay-Request-Signature"
)

// Defaults of a WebhookVerifier.
const (
	defaultTolerance   = 5 * time.Minute
	defaultWebhookBody = 1 << 20
)

// SignedAddress is what stands at the front of the signed text.
type SignedAddress int

// The two that Afterpay's documentation shows. Its prose and its shell samples
// sign the URL; a sample for Node signs the host.
const (
	SignedURL  SignedAddress = iota // WebhookVerifier.URL as it is
	SignedHost                      // the host of it, with the port if it has one
)

// WebhookVerifier tells notifications of Afterpay's from those of anybody else.
// A notification carries the signature, in base64, of an HMAC with SHA-256 over
// the address it is sent to, the date, and its body, with line feeds between.
//
// Only Secret and URL are needed. A WebhookVerifier may be copied, and used by
// any number of goroutines at once as long as nobody changes it.
type WebhookVerifier struct {
	// Secret is the one that Afterpay's support gave out for the URL.
	Secret string
	// OtherSecrets are accepted as well, while one secret replaces another.
	// Empty ones are ignored.
	OtherSecrets []string
	// URL is where notifications are sent, letter for letter as registered with
	// Afterpay. It is not taken from requests, which behind a proxy look
	// different and elsewhere can be made to look like anything.
	URL string

	Signed    SignedAddress // what of the URL is signed; the whole of it unless said otherwise
	Separator string        // between the signed parts; empty: a line feed

	// Tolerance is how far the date may be from now, in either direction;
	// 0: five minutes.
	Tolerance time.Duration
	Now       func() time.Time // nil: time.Now

	// The rest is for Handler and Middleware.

	MaxBody int64        // the most that is read of a request, in bytes; 0: 1 MiB
	Replays ReplayGuard  // which events were handled; nil: a NewReplayMemory for each handler
	Logger  *slog.Logger // is told of every notification, without its contents; nil: nobody is
}

// String shows no secret.
func (v WebhookVerifier) String() string { return "WebhookVerifier for " + v.URL }

// GoString shows no secret.
func (v WebhookVerifier) GoString() string { return v.String() }

// LogValue shows no secret.
func (v WebhookVerifier) LogValue() slog.Value { return slog.StringValue(v.String()) }

// Verify checks the signature and the date of a notification and reads it. The
// body is the request's, byte for byte. Nothing is remembered: an event that is
// sent again is verified again.
//
// Errors: ErrSignature, ErrStale, and ErrInvalid for a body that is no event or
// a WebhookVerifier without a secret or a URL.
func (v WebhookVerifier) Verify(header http.Header, body []byte) (*WebhookEvent, error) {
	address, fault := v.address()
	if fault != nil {
		return nil, fault
	}
	date, ok := only(header, headerWebhookDate)
	signature, signed := only(header, headerWebhookSignature)
	if !ok || !signed || !v.signedBy(signature, address, date, body) {
		return nil, webhookError(ErrSignature, nil)
	}
	// A date that is none was signed all the same: it is no time near now.
	seconds, err := strconv.ParseInt(date, 10, 64)
	if err != nil || !v.near(seconds) {
		return nil, webhookError(ErrStale, nil)
	}
	return ParseWebhookEvent(body)
}

// address is what stands at the front of the signed text.
func (v WebhookVerifier) address() (string, *Error) {
	if v.Secret == "" {
		return "", webhookError(ErrInvalid, []FieldError{{"secret", "must not be empty"}})
	}
	u, err := url.Parse(v.URL)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return "", webhookError(ErrInvalid, []FieldError{{"url", "must be an absolute URL"}})
	}
	if v.Signed == SignedHost {
		return u.Host, nil
	}
	return v.URL, nil
}

// signedBy reports whether a signature was made with one of the secrets. Bytes
// are compared, not their base64, and in constant time.
func (v WebhookVerifier) signedBy(signature, address, date string, body []byte) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	separator := v.Separator
	if separator == "" {
		separator = "\n"
	}
	found := false
	for _, secret := range append([]string{v.Secret}, v.OtherSecrets...) {
		if secret == "" {
			continue // anybody can sign with nothing
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(address + separator + date + separator))
		mac.Write(body)
		found = hmac.Equal(given, mac.Sum(nil)) || found
	}
	return found
}

// near reports whether a date, in seconds since 1970, is near enough to now.
func (v WebhookVerifier) near(seconds int64) bool {
	now, tolerance := time.Now, v.Tolerance
	if v.Now != nil {
		now = v.Now
	}
	if tolerance <= 0 {
		tolerance = defaultTolerance
	}
	return now().Sub(time.Unix(seconds, 0)).Abs() <= tolerance
}

// only returns the value of a header that stands once.
func only(header http.Header, name string) (string, bool) {
	values := header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

func webhookError(kind Kind, fields []FieldError) *Error {
	return &Error{Op: "webhook", Kind: kind, Fields: fields}
}

// webhookStatus is what a notification that is refused is answered with.
func webhookStatus(err error) int {
	if errors.Is(err, ErrInvalid) {
		return http.StatusBadRequest
	}
	return http.StatusUnauthorized
}
