package afterpay

import (
	"strings"

	"github.com/google/uuid"
)

// NewRequestID returns a random UUID. A client puts one into every request whose
// RequestID is empty.
func NewRequestID() string { return uuid.NewString() }

// requestIDs is the namespace of RequestIDFor. It must never change: an id that was
// sent before a restart has to be the same after an upgrade.
var requestIDs = uuid.MustParse("9c1d9a4e-2f5b-4d0e-8a57-6f1f2f6b7c31")

// RequestIDFor returns a UUID made from the parts. The same parts give the same
// id in every process and on every machine, so a call can be repeated after a
// crash even if nothing was stored:
//
//	RequestIDFor("refund", refundNumber)
//
// The parts must identify one movement of money. ("ab", "c") and ("a", "bc")
// give different ids. The service remembers an id for up to 24 hours; after
// that, look up the outcome before repeating the call.
func RequestIDFor(parts ...string) string {
	var name strings.Builder
	for _, p := range parts {
		// The length before each part keeps different parts different.
		name.WriteString(lengthPrefix(len(p)))
		name.WriteString(p)
	}
	return uuid.NewSHA1(requestIDs, []byte(name.String())).String()
}

func lengthPrefix(n int) string {
	return string([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}
