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

// The documented windows of a dispute, in calendar days.
const (
	disputeWindow  = 120 * 24 * time.Hour // from the purchase to the opening
	evidenceWindow = 13 * 24 * time.Hour  // from the opening to the response
)

// disputeDesk holds the disputes and the uploaded evidence.
type disputeDesk struct {
	byID  map[string]*dispute
	all   []*dispute // oldest first
	files map[string]*evidenceFile
}

// dispute is a shopper's complaint about an order.
type dispute struct {
	id            string
	order         *order
	amount        money
	reason        string
	status        string
	closingReason string
	opened        time.Time
	updated       time.Time
	due           time.Time
	attachment    string          // id of the shopper's file
	returned      map[string]bool // keys of refunds and voids that existed when it was opened
	evidence      map[string]string
}

func (d *dispute) open() bool { return d.status == "needs_response" || d.status == "under_review" }

// OpenDispute opens a dispute about a payment, as its shopper would, and
// returns the id of the dispute. The reason is one of the API's, such as
// product_not_received. An empty amount disputes all that the merchant holds,
// or may still capture, of the order. OpenDispute returns an error if the
// payment is unknown or declined, was made more than 120 days ago, or is worth
// less than the amount.
//
// The dispute is lost unless it is responded to within 13 days. A refund or
// void of its amount closes it.
func (s *Sandbox) OpenDispute(paymentID, reason, amount string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.runDue(now)
	found := s.byID[paymentID]
	if found == nil || found.current.declined {
		return "", fmt.Errorf("afterpaytest: OpenDispute: no approved payment %q", paymentID)
	}
	p := found.current
	if now.Sub(p.created) > disputeWindow {
		return "", fmt.Errorf("afterpaytest: OpenDispute: payment %s is older than 120 days", paymentID)
	}
	most := p.open + p.captured - p.refunded
	disputed := most
	if amount != "" {
		value, fault := parseDecimal(amount)
		if fault != amountFine {
			return "", fmt.Errorf("afterpaytest: OpenDispute: %q is not an amount", amount)
		}
		disputed = value
	}
	if disputed <= 0 || disputed > most {
		return "", fmt.Errorf("afterpaytest: OpenDispute: payment %s has %s to dispute, not %s", paymentID, decimal(most), decimal(disputed))
	}
	d := &dispute{
		id: "dp_" + s.ids.base32(24), order: found, amount: p.money(disputed), reason: reason, status: "needs_response",
		opened: now, updated: now, due: now.Add(evidenceWindow), returned: make(map[string]bool),
		attachment: "fi_" + s.ids.base32(24),
	}
	for _, r := range p.refunds {
		d.returned[r.key()] = true
	}
	if s.disputes.byID == nil {
		s.disputes.byID = make(map[string]*dispute)
	}
	s.disputes.byID[d.id] = d
	s.disputes.all = append(s.disputes.all, d)
	s.schedule(d.due, found, func(s *Sandbox, _ *payment, at time.Time) {
		if s.follow(d); d.status == "needs_response" {
			s.lose(d, "deadline_expired", at)
		}
	})
	return d.id, nil
}

// key identifies a refund or a void in both the read and the write model.
func (r refund) key() string { return r.id + " " + r.voidEvent }

// WinDispute decides a dispute for the merchant.
func (s *Sandbox) WinDispute(disputeID string) error {
	return s.decideDispute(disputeID, func(d *dispute, now time.Time) { d.close("won", "evidence_accepted", now) })
}

// LoseDispute decides a dispute for the shopper. Its amount is taken from the
// merchant, which the ledger shows as Disputed.
func (s *Sandbox) LoseDispute(disputeID string) error {
	return s.decideDispute(disputeID, func(d *dispute, now time.Time) { s.lose(d, "evidence_rejected", now) })
}

// WithdrawDispute has the shopper withdraw the dispute. The merchant wins it.
func (s *Sandbox) WithdrawDispute(disputeID string) error {
	return s.decideDispute(disputeID, func(d *dispute, now time.Time) { d.close("won", "customer_cancelled", now) })
}

func (s *Sandbox) decideDispute(disputeID string, how func(*dispute, time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.runDue(now)
	d := s.disputes.byID[disputeID]
	if d == nil {
		return fmt.Errorf("afterpaytest: no dispute %q", disputeID)
	}
	if s.follow(d); !d.open() {
		return fmt.Errorf("afterpaytest: dispute %s is closed: %s", disputeID, d.status)
	}
	how(d, now)
	return nil
}

func (d *dispute) close(status, reason string, at time.Time) {
	d.status, d.closingReason, d.updated = status, reason, at
}

// lose closes a dispute for the shopper. The caller must hold s.mu.
func (s *Sandbox) lose(d *dispute, reason string, at time.Time) {
	d.close("lost", reason, at)
	s.enter(Disputed, d.order.current, "", d.amount.hundredths, at)
}

// follow closes a dispute whose amount has been returned since it was opened.
func (s *Sandbox) follow(d *dispute) {
	if !d.open() {
		return
	}
	status, at := "merchant_voided", d.opened
	var returned int64
	for _, r := range d.order.current.refunds {
		if d.returned[r.key()] {
			continue
		}
		returned += r.amount
		if r.voidEvent == "" {
			status = "merchant_refunded"
		}
		if r.at.After(at) {
			at = r.at
		}
	}
	if returned >= d.amount.hundredths {
		d.close(status, "", at)
	}
}

// SignWebhook returns the headers of a notification: its date, and the
// signature over the registered URL, the date and the body. Any body and any
// time can be signed, to test what a receiver must reject.
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

// WebhookRequest returns a signed notification, to send with an http.Client or
// to pass to a handler's ServeHTTP.
func WebhookRequest(secret, url string, at time.Time, body []byte) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body)) //nolint:noctx // callers may add a context with WithContext
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
	MerchantReference string `json:"merchant_reference"` // identifies the merchant, not an order
}

// DisputeWebhook returns the body of a notification about a dispute, with a
// new event id. Its type is created, or updated once the dispute has changed.
func (s *Sandbox) DisputeWebhook(disputeID string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue(s.now())
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
