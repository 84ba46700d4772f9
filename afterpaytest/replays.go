package afterpaytest

import "time"

// requestLife is how long a request id protects against a second execution.
const requestLife = 24 * time.Hour

// replay is a request that was carried out under an id.
type replay struct {
	at     time.Time
	order  *order
	refund refund // of a refund
}

// remember keeps what a request id did. Without an id there is nothing to
// keep: the same request again is a second execution. It needs s.mu.
func (s *Sandbox) remember(key string, r replay) {
	if key != "" {
		s.replays[key] = r
	}
}

// recall returns what a request id did, if it was long enough ago to be
// forgotten only after the given life; a life of 0 never ends. It needs s.mu.
func (s *Sandbox) recall(key string, now time.Time, life time.Duration) (replay, bool) {
	r, ok := s.replays[key]
	if !ok || life > 0 && now.Sub(r.at) >= life {
		return replay{}, false
	}
	return r, true
}

// requestKey is what a request id stands for: it belongs to the merchant and
// the operation, whichever payment the request is about.
func requestKey(op Op, requestID string) string {
	if requestID == "" {
		return ""
	}
	return string(op) + "\x00" + requestID
}

// refundKey is what makes a refund idempotent: in v2 only the request id and
// the merchant reference together.
func refundKey(v version, requestID, reference string) string {
	if requestID == "" || v == v2 && reference == "" {
		return ""
	}
	if v == v1 {
		reference = ""
	}
	return requestKey(OpCreateRefund, requestID) + "\x00" + reference
}
