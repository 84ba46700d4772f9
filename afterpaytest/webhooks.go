package afterpaytest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// SignWebhook returns the headers that Afterpay would send a notification with:
// its date, and the signature over the URL it is registered for, that date and
// the body. It signs bodies of any kind, at any time, such as long ago.
func SignWebhook(secret, url string, at time.Time, body []byte) http.Header {
	date := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(slices.Concat([]byte(url+"\n"+date+"\n"), body))
	return http.Header{
		"Content-Type":                 {"application/json"},
		"X-Afterpay-Request-Date":      {date},
		"X-Afterpay-Request-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}

// WebhookRequest returns a signed notification to a URL, for an http.Client to
// send or for a handler's ServeHTTP.
func WebhookRequest(secret, url string, at time.Time, body []byte) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body)) //nolint:noctx // the caller's WithContext is as good
	if err != nil {
		return nil, err
	}
	req.Header = SignWebhook(secret, url, at, body)
	return req, nil
}

type wireDisputeWebhook struct {
	EventID           string `json:"webhook_event_id"`
	EventType         string `json:"webhook_event_type"`
	DisputeID         string `json:"dispute_id"`
	MerchantReference string `json:"merchant_reference"` // the merchant, not an order
}

// DisputeWebhook returns the body of a notification about a dispute, with an id
// of its own: that it was created, or updated if anything has happened to it.
func (s *Sandbox) DisputeWebhook(disputeID string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.now())
	d := s.disputes.byID[disputeID]
	if d == nil {
		return nil, fmt.Errorf("afterpaytest: DisputeWebhook: no dispute %q", disputeID)
	}
	s.follow(d)
	w := wireDisputeWebhook{"evt_" + s.ids.base32(24), "created", d.id, s.merchantID}
	if d.status != "needs_response" {
		w.EventType = "updated"
	}
	return encode(w), nil
}
