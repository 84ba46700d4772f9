package afterpay

import (
	"strings"

	"github.com/google/uuid"
)

// NewRequestID returns a random UUID. It is what a client puts into a request
// whose RequestID is empty.
func NewRequestID() string { return uuid.NewString() }

// requestIDs is the name space of RequestIDFor. It must never change: ids that
// were sent before a restart have to come out the same after an upgrade.
var requestIDs = uuid.MustParse("9c1d9a4e-2f5b-4d0e-8a57-6f1f2f6b7c31")

// RequestIDFor returns a UUID made from the parts: the same parts always give
// the same id, in another process and on another machine too. It makes a call
// safe to repeat after a crash without having stored anything:
//
//	RequestIDFor("refund", refundNumber)
//
// The parts must name one movement of money and no other. ("ab", "c") and
// ("a", "bc") are different. The service knows an id for 24 hours; after that
// look before repeating.
func RequestIDFor(parts ...string) string {
	var name strings.Builder
	for _, p := range parts {
		// A length before each part keeps different parts different.
		name.WriteString(lengthPrefix(len(p)))
		name.WriteString(p)
	}
	return uuid.NewSHA1(requestIDs, []byte(name.String())).String()
}

func lengthPrefix(n int) string {
	return string([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}
