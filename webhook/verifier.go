// Package webhook receives Afterpay's notifications about disputes and grants:
// it verifies their signature, refuses old ones, and handles each one once.
//
//	verifier, err := webhook.NewVerifier("https://shop.example/afterpay/webhook", secret)
//	if err != nil {
//		return err
//	}
//	http.Handle("POST /afterpay/webhook", verifier.Handler(func(ctx context.Context, e *webhook.Event) error {
//		return enqueue(ctx, e) // on an error, Afterpay sends the event again
//	}))
//
// Afterpay sends no notifications about payments, captures, refunds or
// settlements: read those with a client.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// Reasons to refuse a notification, besides afterpay.ErrInvalid.
const (
	// ErrSignature: the signature is missing or wrong. Anybody may have sent
	// the notification.
	ErrSignature afterpay.Kind = "missing or wrong signature"
	// ErrStale: the signature is right, but the date is too far from now, or is
	// not a date. The notification was recorded and sent again, or a clock is
	// wrong.
	ErrStale afterpay.Kind = "signed too long ago or in the future"
)

// The headers of a notification.
const (
	headerDate      = "X-Afterpay-Request-Date" // seconds since 1970
	headerSignature = "X-Afterpay-Request-Signature"
)

const (
	defaultTolerance = 5 * time.Minute
	defaultMaxBody   = 1 << 20
)

// SignOver selects what the signed message begins with.
type SignOver int

// Afterpay's documentation shows two ways to sign: its text and shell samples
// sign the URL, its sample for Node signs the host.
const (
	SignOverURL  SignOver = iota // the URL given to NewVerifier, letter for letter
	SignOverHost                 // the host of that URL, with the port if it has one
)

// A Verifier verifies that a notification came from Afterpay. A notification
// carries the base64 text of an HMAC-SHA-256 over the registered URL, its date
// and its body, with line feeds between them.
//
// Make one with NewVerifier and set its fields before its first use. After that
// it is safe for concurrent use. Printing a Verifier shows no secret.
type Verifier struct {
	SignOver  SignOver // what the signed message begins with; the zero value is SignOverURL
	Separator string   // text between the signed parts; empty means a line feed

	// Tolerance is how far the date may be from now, in either direction. Zero
	// means five minutes.
	Tolerance time.Duration
	Now       func() time.Time // the clock; nil means time.Now

	// The fields below are for Handler and Middleware.

	MaxBody int64        // largest body read, in bytes; zero means 1 MiB
	Replays ReplayGuard  // remembers handled events; nil means a NewMemoryReplayGuard for each handler
	Logger  *slog.Logger // logs each notification without its contents; nil means no log

	// matches reports whether a secret gives the signature. It holds the secrets
	// and the URL, where no fmt verb and no printer by reflection reaches them.
	matches func(v *Verifier, signature []byte, date string, body []byte) bool
}

// NewVerifier returns a Verifier for the notifications sent to a URL. The URL
// is the one registered with Afterpay, letter for letter. It is not taken from
// the request, because a proxy may change it and a client may forge it.
//
// The secret is the one that Afterpay's support issued for the URL. Other
// secrets are accepted too, so that a new secret can replace an old one without
// a gap; empty ones are ignored. Line ends after a secret, as files have them,
// are removed.
//
// An invalid URL, and a secret that is empty or has white space around it, are
// afterpay.ErrInvalid.
func NewVerifier(address, secret string, otherSecrets ...string) (*Verifier, error) {
	var faults []afterpay.FieldError
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" {
		faults = append(faults, afterpay.FieldError{Field: "url", Message: "must be an absolute URL"})
		u = new(url.URL)
	}
	var keys [][]byte
	for i, text := range append([]string{secret}, otherSecrets...) {
		text = strings.TrimRight(text, "\r\n")
		switch {
		case text == "" && i == 0:
			faults = append(faults, afterpay.FieldError{Field: "secret", Message: "must not be empty"})
		case text == "": // anybody can sign with an empty secret
		case strings.TrimSpace(text) != text:
			faults = append(faults, afterpay.FieldError{Field: "secret", Message: "must not begin or end with white space"})
		default:
			keys = append(keys, []byte(text))
		}
	}
	if len(faults) > 0 {
		return nil, newError(afterpay.ErrInvalid, faults...)
	}
	host := u.Host
	return &Verifier{matches: func(v *Verifier, signature []byte, date string, body []byte) bool {
		separator := v.Separator
		if separator == "" {
			separator = "\n"
		}
		start := address
		if v.SignOver == SignOverHost {
			start = host
		}
		found := false
		for _, key := range keys {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(start + separator + date + separator))
			mac.Write(body)
			found = hmac.Equal(signature, mac.Sum(nil)) || found // always every key, in constant time
		}
		return found
	}}, nil
}

// Verify checks the signature and the date of a notification and decodes it. The
// body must be the request's, byte for byte. Verify remembers nothing: it
// accepts an event that is sent again.
//
// Errors: ErrSignature, ErrStale, and afterpay.ErrInvalid for a body that is not
// a JSON object or a Verifier not made by NewVerifier.
func (v *Verifier) Verify(header http.Header, body []byte) (*Event, error) {
	if v.matches == nil {
		return nil, errNotMade()
	}
	date, dated := single(header, headerDate)
	text, signed := single(header, headerSignature)
	signature, err := base64.StdEncoding.Strict().DecodeString(text)
	if !dated || !signed || err != nil || !v.matches(v, signature, date, body) {
		return nil, newError(ErrSignature)
	}
	// A signed but malformed date is treated as stale.
	seconds, err := strconv.ParseInt(date, 10, 64)
	if err != nil || !v.isCurrent(time.Unix(seconds, 0)) {
		return nil, newError(ErrStale)
	}
	return ParseEvent(body)
}

// isCurrent reports whether a date is within the tolerance of now.
func (v *Verifier) isCurrent(date time.Time) bool {
	now, tolerance := time.Now, v.Tolerance
	if v.Now != nil {
		now = v.Now
	}
	if tolerance <= 0 {
		tolerance = defaultTolerance
	}
	return now().Sub(date).Abs() <= tolerance
}

// single returns the value of a header that occurs once.
func single(header http.Header, name string) (string, bool) {
	values := header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

func errNotMade() error {
	return newError(afterpay.ErrInvalid, afterpay.FieldError{Field: "verifier", Message: "must be made by NewVerifier"})
}

func newError(kind afterpay.Kind, fields ...afterpay.FieldError) error {
	return &afterpay.Error{Op: "webhook", Kind: kind, Fields: fields}
}
