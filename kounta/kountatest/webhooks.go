package kountatest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
)

// event is an event that is not delivered yet.
type event struct {
	webhook map[string]any
	body    []byte
}

func (k *Kounta) listWebhooks(w http.ResponseWriter, r *http.Request) {
	found := []any{}
	for _, hook := range k.webhooks {
		found = append(found, hook)
	}
	k.list(w, r, found)
}

func (k *Kounta) getWebhook(w http.ResponseWriter, r *http.Request) { get(w, r, k.webhooks) }

func (k *Kounta) createWebhook(w http.ResponseWriter, r *http.Request) { k.add(w, r, &k.webhooks) }

// putWebhook replaces the fields that are sent.
func (k *Kounta) putWebhook(w http.ResponseWriter, r *http.Request) {
	hook := byID(w, r, k.webhooks)
	if hook == nil {
		return
	}
	if body, ok := decode(w, r); ok {
		delete(body, "id")
		maps.Copy(hook, body)
		reply(w, nil)
	}
}

// changed queues an event for each webhook if an order became complete.
func (k *Kounta) changed(o *Order, was string) {
	if o.Status != "COMPLETE" || was == o.Status {
		return
	}
	body, err := json.Marshal(k.orderBody(o, true))
	if err != nil {
		panic(err) // the fake's own data
	}
	for _, hook := range k.webhooks {
		if hook["topic"] == "orders/completed" && inFilter(hook["filter"], o.SiteID) {
			k.events = append(k.events, event{maps.Clone(hook), body})
		}
	}
}

// inFilter reports whether a webhook's filter selects a site.
func inFilter(filter any, siteID int64) bool {
	fields, _ := filter.(map[string]any)
	ids, ok := fields["site_ids"].([]any)
	if !ok {
		return true
	}
	for _, id := range ids {
		if fmt.Sprint(id) == fmt.Sprint(siteID) {
			return true
		}
	}
	return false
}

// SignatureToken returns the token with which the events of a webhook are signed.
func (k *Kounta) SignatureToken(webhookID int64) string {
	return fmt.Sprintf("signature-token-%d", webhookID)
}

// Deliver posts the events that were queued, oldest first, and returns how many
// were accepted. An order that becomes COMPLETE queues one for every webhook of
// the topic orders/completed. Events that are not accepted are delivered again by
// the next Deliver.
func (k *Kounta) Deliver(ctx context.Context, client *http.Client) (accepted int, err error) {
	k.mu.Lock()
	events := k.events
	k.events = nil
	k.mu.Unlock()
	var failed []event
	var failures []error
	for _, e := range events {
		if err := k.deliver(ctx, client, e); err != nil {
			failed, failures = append(failed, e), append(failures, err)
			continue
		}
		accepted++
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = append(failed, k.events...)
	return accepted, errors.Join(failures...)
}

func (k *Kounta) deliver(ctx context.Context, client *http.Client, e event) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, text(e.webhook, "address"), bytes.NewReader(e.body))
	if err != nil {
		return err
	}
	headers, _ := e.webhook["headers"].(map[string]any)
	for name := range headers {
		req.Header.Set(name, text(headers, name))
	}
	mac := hmac.New(sha256.New, []byte(k.SignatureToken(e.webhook["id"].(int64))))
	mac.Write(e.body)
	req.Header.Set("X-Kounta-Signature", hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("kountatest: the webhook responded with status %d", resp.StatusCode)
	}
	return nil
}
