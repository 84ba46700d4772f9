package kountasync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/durable"
)

// AlertKind says what an alert is about.
type AlertKind string

// The kinds of alerts.
const (
	AlertOrder    AlertKind = "order"    // an order that Kounta refuses waits for a person: see Retry
	AlertPayment  AlertKind = "payment"  // a payment at Afterpay cannot be synchronised
	AlertOutage   AlertKind = "outage"   // Afterpay or Kounta has been failing for longer than Options.Overdue
	AlertSchedule AlertKind = "schedule" // a scheduled reconciliation failed and will be tried again
	AlertMismatch AlertKind = "mismatch" // a scheduled reconciliation found differences
)

// Alert is something that a person must know. It holds no shopper data.
type Alert struct {
	Kind AlertKind `json:"kind"`
	Key  string    `json:"key"` // what it is about: a sale number, a payment's id, a side, a schedule
	Text string    `json:"text"`
}

// Alerter sends alerts. An alert whose sending fails is sent again.
type Alerter interface {
	Alert(ctx context.Context, a Alert) error
}

// LogAlerter writes alerts to a log.
type LogAlerter struct{ Logger *slog.Logger }

// Alert implements Alerter.
func (l LogAlerter) Alert(ctx context.Context, a Alert) error {
	l.Logger.ErrorContext(ctx, "kountasync: a person is needed", "kind", a.Kind, "key", a.Key, "text", a.Text)
	return nil
}

// WebhookAlerter posts alerts as JSON, with a field text that chat services
// show. Its errors do not hold the URL, which may be a secret. Redirects are not
// followed.
type WebhookAlerter struct {
	URL    string
	Client *http.Client // nil means a client with a limit of 10 s
}

// Alert implements Alerter.
func (w WebhookAlerter) Alert(ctx context.Context, a Alert) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return withoutURL(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 10 * time.Second}
	if w.Client != nil {
		client = *w.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("kountasync: alert webhook: status %d", resp.StatusCode)
	}
	return nil
}

// withoutURL removes the URL from an error: that of a webhook is a secret.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("kountasync: alert webhook: %w", u.Err)
	}
	return err
}

// alertAgain is how long after an alert the same one is sent again.
const alertAgain = 24 * time.Hour

// alert sends an alert unless the last one about the same thing had the same text.
// The same text is sent again if sending failed, after alertAgain or after forget.
func (s *Sync) alert(ctx context.Context, a Alert) {
	name := "alert:" + string(a.Kind) + ":" + a.Key
	value, err := s.store.position(ctx, name)
	if err == nil && s.alerted(value, a.Text) {
		return
	}
	if err == nil {
		err = s.options.Alerts.Alert(ctx, a)
	}
	if err == nil {
		err = s.store.setPosition(ctx, name, formatTime(s.now())+" "+a.Text)
	}
	if err != nil {
		s.options.Logger.ErrorContext(ctx, "kountasync: alert not sent", "kind", a.Kind, "key", a.Key, "error", err)
	}
}

// alerted reports whether a text was sent of late. value is what was stored then.
func (s *Sync) alerted(value, text string) bool {
	sent, last, _ := strings.Cut(value, " ")
	at, err := parseTime(sent)
	return err == nil && last == text && s.now().Sub(at) < alertAgain
}

// alertSchedule raises the alert of a schedule that fails.
func (s *Sync) alertSchedule(ctx context.Context, a durable.Alert) {
	key := string(a.Kind)
	for _, name := range []string{ScheduleDaily, ScheduleWeekly} {
		if strings.Contains(a.Text, strconv.Quote(name)) {
			key = name
		}
	}
	s.alert(ctx, Alert{AlertSchedule, key, a.Text})
}

// forget lets an alert be sent again.
func (s *Sync) forget(ctx context.Context, kind AlertKind, key string) error {
	return s.store.setPosition(ctx, "alert:"+string(kind)+":"+key, "")
}

// The two sides.
const (
	sideAfterpay = "Afterpay"
	sideKounta   = "Kounta"
)

// watch raises an alert when a side has failed for longer than Overdue.
func (s *Sync) watch(ctx context.Context, side string, err error) {
	if ctx.Err() != nil {
		return
	}
	name := "failing:" + side
	value, dbErr := s.store.position(ctx, name)
	if dbErr != nil {
		s.options.Logger.ErrorContext(ctx, "kountasync: outage not recorded", "side", side, "error", dbErr)
		return
	}
	since, dbErr := parseTime(value)
	switch {
	case dbErr != nil || err == nil && value == "":
	case err == nil:
		dbErr = s.store.setPosition(ctx, name, "")
		if dbErr == nil {
			dbErr = s.forget(ctx, AlertOutage, side)
		}
	case value == "":
		dbErr = s.store.setPosition(ctx, name, formatTime(s.now()))
	case s.now().Sub(since) >= s.options.Overdue:
		s.alert(ctx, Alert{AlertOutage, side, side + " has been failing since " + value + "; nothing is lost, and the sync catches up"})
	}
	if dbErr != nil {
		s.options.Logger.ErrorContext(ctx, "kountasync: outage not recorded", "side", side, "error", dbErr)
	}
}

// stuckAfter is how long an order may fail, while others succeed, before a person
// is told.
const stuckAfter = 24 * time.Hour

// alertOrders raises an alert for every order that waits for a person or has
// failed for long.
func (s *Sync) alertOrders(ctx context.Context) error {
	waiting := make(map[string]string)
	err := s.store.conn.Query(ctx, `SELECT sale_number, failure FROM kounta_sync_orders
		WHERE alerted = 0 AND (review <> '' OR failure <> '' AND next_at <> '' AND due_since < $1)`, []any{formatTime(s.now().Add(-stuckAfter))},
		func(scan func(...any) error) error {
			var saleNumber, reason string
			err := scan(&saleNumber, &reason)
			waiting[saleNumber] = reason
			return err
		})
	if err != nil {
		return err
	}
	for saleNumber, reason := range waiting {
		if err := s.options.Alerts.Alert(ctx, Alert{AlertOrder, saleNumber, reason}); err != nil {
			return err
		}
		if _, err := s.store.conn.Exec(ctx, `UPDATE kounta_sync_orders SET alerted = 1 WHERE sale_number = $1`, saleNumber); err != nil {
			return err
		}
	}
	return nil
}
