package suite_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

const (
	plantedMerchant = "merchant-77310"
	plantedKey      = "Zx81-very-secret-key"
)

// planted is everything that must never be logged.
var planted = []string{
	plantedKey, plantedMerchant, base64.StdEncoding.EncodeToString([]byte(plantedMerchant + ":" + plantedKey)),
	suitetest.Token, suitetest.Consumer.GivenNames, suitetest.Consumer.Surname, suitetest.Consumer.Email, suitetest.Consumer.PhoneNumber,
	suitetest.Address.Name, suitetest.Address.Line1, suitetest.Address.Line2, suitetest.Address.Area1, "Quokka", "Zebra", "mail.example", "570 156",
}

// repeated is what a service, a proxy or a RoundTripper might repeat of a request.
var repeated = "rejected: " + strings.Join(planted, " ; ")

// journal collects every text that a program may log.
type journal struct {
	mu    sync.Mutex
	texts bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.texts.Write(p)
}

// clean fails the test when a planted secret stands in the journal.
func (j *journal) clean(t *testing.T, what string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.texts.String()
	for _, secret := range planted {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
			if at := strings.Index(text, form); at >= 0 {
				require.FailNow(t, "a secret was written", "%s: %q in %q", what, form, text[max(0, at-200):min(len(text), at+200)])
			}
		}
	}
	j.texts.Reset()
}

// note writes an error in all the ways programs do.
func (j *journal) note(err error) {
	wrapped := fmt.Errorf("checkout failed: %w", errors.Join(err, io.EOF))
	fmt.Fprintf(j, "%v %+v %s %q %#q\n", err, err, err, err, err)
	j.logger().Error(wrapped.Error(), "err", err, slog.Group("g", "err", err), "wrapped", wrapped)
	slog.New(slog.NewTextHandler(j, nil)).Error("x", "err", err)
	if e, ok := errors.AsType[*afterpay.Error](err); ok {
		j.noteCause(e.Err)
	}
}

// noteCause writes the cause of a failure as programs print it by itself.
func (j *journal) noteCause(err error) {
	if err != nil {
		fmt.Fprintf(j, "%v %+v %s %q\n", err, err, err, err)
	}
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// client logs and observes into the journal.
func (j *journal) client(t *testing.T, opts ...afterpay.Option) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New(plantedMerchant, plantedKey, append([]afterpay.Option{
		suitetest.Twice, afterpay.WithBaseURL("https://service.example"), afterpay.WithLogger(j.logger()),
		afterpay.WithObserver(func(ctx context.Context, a afterpay.Attempt) {
			j.logger().DebugContext(ctx, "attempt", "attempt", a)
			fmt.Fprintf(j, "%v %+v\n", a, a)
			j.noteCause(a.Err)
		}),
	}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// failure drops the result of a call.
func failure[T any](_ T, err error) error { return err }

// try invokes every operation of both versions and looks through the journal.
func (j *journal) try(t *testing.T, what string, opts ...afterpay.Option) {
	t.Helper()
	for name, v := range suitetest.Versions {
		c := j.client(t, append(opts, afterpay.WithAPIVersion(v))...)
		for _, o := range suitetest.Operations() {
			if _, err := o.Invoke(t.Context(), c); err != nil {
				j.note(err)
			}
		}
		if _, err := c.Orders.Verify(t.Context(), suitetest.Token, afterpay.AUD(37_00)); err != nil {
			j.note(err)
		}
		j.clean(t, name+", "+what)
	}
}
