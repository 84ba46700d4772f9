package kounta

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
)

// WebhooksService subscribes to events. Kounta documents no way to delete a
// subscription through the API.
type WebhooksService service

// TopicOrdersCompleted is the topic of completed orders.
const TopicOrdersCompleted = "orders/completed"

// Webhook is a subscription. Several to one topic are all called.
type Webhook struct {
	ID      int64  `json:"id,omitempty"` // given by Kounta
	Topic   string `json:"topic,omitempty"`
	Address string `json:"address,omitempty"` // where Kounta posts events
	// Filter selects events, such as by "site_ids". Nil selects all of the topic.
	Filter map[string]any `json:"filter,omitempty"`
	// Headers are sent with every event: Authorization, or names that begin with
	// X- but not with X-Kounta.
	Headers map[string]string `json:"headers,omitempty"`
}

func (w Webhook) id() int64 { return w.ID }

// LogValue leaves out the address and headers, which may hold secrets.
func (w Webhook) LogValue() slog.Value {
	return slog.GroupValue(slog.Int64("id", w.ID), slog.String("topic", w.Topic))
}

// All yields the add-on's webhooks. Iteration ends after the first error.
//
// GET /companies/{company}/webhooks.
func (s *WebhooksService) All(ctx context.Context) iter.Seq2[Webhook, error] {
	return pages[Webhook](ctx, s.client, "webhooks.all", s.client.path("webhooks"))
}

// Create subscribes to a topic, in JSON, and returns the id of the webhook, from
// the Location of the response. Check with All first, because a second webhook
// doubles every event.
//
// Errors: ErrInvalid, also before anything is sent; ErrOutcomeUnknown.
//
// POST /companies/{company}/webhooks.
func (s *WebhooksService) Create(ctx context.Context, w Webhook) (int64, error) {
	const op = "webhooks.create"
	address, err := url.Parse(w.Address)
	if w.ID != 0 || w.Topic == "" || err != nil || address.Host == "" {
		return 0, invalid(op, "Topic and Address are required, and ID is given by Kounta")
	}
	return s.client.create(ctx, op, "webhooks", w.body())
}

// Update replaces the fields of a webhook that are not empty. It may be repeated.
//
// Errors: ErrInvalid, ErrNotFound, ErrOutcomeUnknown.
//
// PUT /companies/{company}/webhooks/{id}.
func (s *WebhooksService) Update(ctx context.Context, w Webhook) error {
	const op = "webhooks.update"
	if w.ID <= 0 {
		return invalid(op, "ID is missing")
	}
	_, err := s.client.do(ctx, call{op: op, method: http.MethodPut, path: s.client.path("webhooks", w.ID), in: w.body()})
	return err
}

// body returns the webhook as it is sent.
func (w Webhook) body() any {
	w.ID = 0
	return struct {
		Webhook
		Format string `json:"format"`
	}{w, "json"}
}

// SignatureHeader is the header of an event that VerifySignature verifies.
const SignatureHeader = "X-Kounta-Signature"

// ErrSignature says that an event was not signed with the webhook's token.
var ErrSignature = errors.New("kounta: the signature is missing or wrong")

// VerifySignature returns ErrSignature unless signature, the value of the header
// SignatureHeader, is the hexadecimal HMAC-SHA256 of an event's raw body with the
// webhook's signature token. Signatures are compared in constant time. An empty
// token is never accepted.
//
// Kounta may deliver an event more than once, and later than others.
func VerifySignature(token string, body []byte, signature string) error {
	got, err := hex.DecodeString(signature)
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	if token == "" || err != nil || !hmac.Equal(got, mac.Sum(nil)) {
		return ErrSignature
	}
	return nil
}
