package kountasync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

func TestWebhookAlerter_PostsTheAlertAsJSON(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	var got map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = nil
		if r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" {
			_ = json.NewDecoder(r.Body).Decode(&got)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	w := WebhookAlerter{URL: server.URL}
	a := Alert{AlertOutage, "Kounta", "Kounta fails"}
	require.NoError(t, w.Alert(t.Context(), a))
	require.Equal(t, map[string]string{"kind": "outage", "key": "Kounta", "text": "Kounta fails"}, got)
	for _, status = range []int{http.StatusFound, http.StatusForbidden, http.StatusBadGateway} {
		require.Error(t, w.Alert(t.Context(), a), status)
	}
	server.Close()
	require.Error(t, w.Alert(t.Context(), a))
	require.Error(t, WebhookAlerter{URL: "://"}.Alert(t.Context(), a))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.Alert(ctx, a), context.Canceled)
}

// The URL of a chat service's webhook is a secret.
func TestWebhookAlerter_ErrorHoldsNoURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://127.0.0.1:1/hook/s3cret", "://s3cret", "s3cret://127.0.0.1"} {
		err := WebhookAlerter{URL: url}.Alert(t.Context(), Alert{})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret/")
		require.NotContains(t, err.Error(), "/s3cret")
	}
}

// A redirect would turn the POST into a GET, and the page that it leads to would
// pass for a success.
func TestWebhookAlerter_RedirectIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hook" {
			http.Redirect(w, r, "/login", http.StatusFound)
		}
	}))
	defer server.Close()
	for _, client := range []*http.Client{nil, server.Client()} {
		require.ErrorContains(t, WebhookAlerter{server.URL + "/hook", client}.Alert(t.Context(), Alert{}), "302")
	}
}

func TestLogAlerter_WritesTheAlert(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, LogAlerter{slog.New(slog.NewTextHandler(&text, nil))}.Alert(t.Context(), Alert{AlertOrder, "1001", "refused"}))
	require.Contains(t, text.String(), "kind=order key=1001 text=refused")
}

// failing fails a number of times before it passes alerts on.
type failing struct {
	*bed

	times int
}

// Alert implements Alerter.
func (f *failing) Alert(ctx context.Context, a Alert) error {
	if f.times--; f.times >= 0 {
		return errors.New("the webhook is down")
	}
	return f.bed.Alert(ctx, a)
}

func TestAlert_SendingThatFailsIsRepeatedAndSuccessIsNot(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.sync.options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	b.sync.options.Alerts = &failing{b, 2}
	for range 5 {
		b.sync.alert(t.Context(), Alert{AlertPayment, "1", "unreadable"})
	}
	require.Len(t, b.alerts, 1)
	b.sync.alert(t.Context(), Alert{AlertPayment, "1", "unreadable for another reason"})
	b.sync.alert(t.Context(), Alert{AlertPayment, "2", "unreadable"})
	require.Len(t, b.alerts, 3)
}

func TestAlert_ScheduleThatFailsIsAlertedAgainAfterSuccessOrADay(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	daily, weekly := b.sync.schedules()[0], b.sync.schedules()[1]
	fail := func(name string) {
		for range 3 {
			b.now = b.now.Add(time.Minute)
			b.sync.alertSchedule(t.Context(), durable.Alert{Kind: durable.AlertSchedule, Text: `schedule "` + name + `" failed: connection reset`})
		}
	}
	succeed := func(s durable.Schedule) {
		monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		_, err := s.Run(t.Context(), monday.AddDate(0, 0, -1), monday)
		require.NoError(t, err)
	}
	fail(ScheduleDaily)
	require.Len(t, b.alerts, 1)
	fail(ScheduleWeekly)
	require.Len(t, b.alerts, 2)
	succeed(weekly)
	fail(ScheduleDaily)
	require.Len(t, b.alerts, 2, "the other schedule has succeeded")
	succeed(daily)
	fail(ScheduleDaily)
	require.Len(t, b.alerts, 3)
	b.now = b.now.Add(alertAgain)
	fail(ScheduleDaily)
	require.Len(t, b.alerts, 4)
}

func TestAlert_OrderThatIsRefusedAfterFailingForLongIsAlertedAgain(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.poison["1"] = true
	b.capture("1", afterpay.AUD(10_00))
	b.pass(26 * time.Hour)
	require.Len(t, b.alerts, 1)
	b.review("1")
	b.pass(time.Hour)
	require.Len(t, b.alerts, 2)
	require.Equal(t, Alert{AlertOrder, "1", "refused"}, b.alerts[1])
}
