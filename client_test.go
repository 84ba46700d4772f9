package afterpay_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// TestPrintedClientShowsNoCredentials prints a client, its parts and copies of
// them in every way there is.
func TestPrintedClientShowsNoCredentials(t *testing.T) {
	t.Parallel()
	const merchant = "merchant-77310"
	c, err := afterpay.New(merchant, suitetest.SecretKey, afterpay.WithSandbox())
	require.NoError(t, err)
	secrets := []string{merchant, suitetest.SecretKey, base64.StdEncoding.EncodeToString([]byte(merchant + ":" + suitetest.SecretKey))}
	var texts []string
	for _, v := range []any{
		c, *c, c.Orders, *c.Orders, c.Payments, *c.Payments, c.Refunds, *c.Refunds, c.Configuration, *c.Configuration,
		&c, []any{c}, struct{ C *afterpay.Client }{c}, map[string]any{"client": *c},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
		text, err := json.Marshal(v)
		require.NoError(t, err)
		texts = append(texts, string(text))
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		texts = append(texts, log.String())
	}
	for _, text := range texts {
		for _, secret := range secrets {
			require.NotContains(t, text, secret)
			require.NotContains(t, text, fmt.Sprintf("%x", secret))
		}
	}
	require.Equal(t, "[host=global-api-sandbox.afterpay.com api_version=2]", c.LogValue().String())
}

// TestPingNeedsNoCredentials sends none and reads no body.
func TestPingNeedsNoCredentials(t *testing.T) {
	t.Parallel()
	for name, v := range suitetest.Versions {
		srv := newRecorder(t, answer{Status: 200, Body: "pong"}, answer{Status: 200}, answer{Status: 503, Body: "<html>"})
		c := suitetest.NewClient(t, srv.URL, afterpay.WithAPIVersion(v))
		require.NoError(t, c.Ping(t.Context()), name)
		require.NoError(t, c.Ping(t.Context()), name)
		require.ErrorIs(t, c.Ping(t.Context()), afterpay.ErrUnavailable, name)
		for _, req := range srv.Requests() {
			require.NotContains(t, req.Header, "Authorization")
			require.Equal(t, "/ping", req.Path)
		}
	}
}

// TestOneClientServesManyGoroutines shares a client between 200 goroutines, each
// of which must get the responses to its own questions.
func TestOneClientServesManyGoroutines(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var in struct{ RequestID, Token string }
		_ = json.Unmarshal(body, &in)
		id := path.Base(strings.TrimSuffix(req.URL.Path, "/refund"))
		switch {
		case strings.HasSuffix(req.URL.Path, "/refund"):
			fmt.Fprintf(w, `{"refundId":%q,"requestId":%q,"amount":{"amount":"1.00","currency":"AUD"}}`, id, in.RequestID)
		case req.Method == http.MethodPost:
			fmt.Fprintf(w, `{"id":"1","token":%q,"status":"APPROVED","paymentState":"CAPTURED"}`, in.Token)
		case strings.HasPrefix(id, "9"):
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"errorCode":"not_found","errorId":%q}`, id)
		default:
			fmt.Fprintf(w, `{"id":%q,"status":"APPROVED"}`, id)
		}
	}))
	t.Cleanup(srv.Close)
	var attempts sync.Map
	c := suitetest.NewClient(t, srv.URL, afterpay.WithLogger(slog.New(slog.DiscardHandler)))
	var wg sync.WaitGroup
	for n := range 200 {
		wg.Go(func() {
			id := strconv.Itoa(1000 + n)
			p, err := c.Payments.Get(t.Context(), id)
			if assert.NoError(t, err) {
				assert.Equal(t, id, p.ID)
			}
			_, err = c.Payments.Get(t.Context(), "9"+id)
			if e, ok := errors.AsType[*afterpay.Error](err); assert.True(t, ok) {
				assert.Equal(t, "9"+id, e.ErrorID)
			}
			p, err = c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: "token-" + id})
			if assert.NoError(t, err) {
				assert.Equal(t, "token-"+id, p.Token)
			}
			r, err := c.Refunds.Create(t.Context(), id, afterpay.RefundRequest{Amount: afterpay.AUD(1_00)})
			if assert.NoError(t, err) {
				assert.Equal(t, id, r.ID)
				_, twice := attempts.LoadOrStore(r.RequestID, true)
				assert.False(t, twice, "request ids are not shared")
			}
		})
	}
	wg.Wait()
}

// Basic authentication separates its halves by a colon; secrets that were read
// from files tend to end with a line.
func TestNew_RefusesCredentialsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{" ", "\t", "\n", "\r\n", "\x00", "\x7f", "\u0085", "\u00a0", "\u2028"} {
		for _, at := range []string{odd + "hunter2", "hunt" + odd + "er2", "hunter2" + odd} {
			for _, credentials := range [][2]string{{at, suitetest.SecretKey}, {suitetest.MerchantID, at}} {
				c, err := afterpay.New(credentials[0], credentials[1])
				require.Nil(t, c, "%q", credentials)
				require.ErrorContains(t, err, "afterpay: ")
				require.NotContains(t, err.Error(), "hunt")
				require.NotContains(t, err.Error(), suitetest.SecretKey)
			}
		}
	}
	_, err := afterpay.New("3:2", suitetest.SecretKey)
	require.EqualError(t, err, "afterpay: merchant id contains a colon, white space or a control character")

	srv := newRecorder(t, answer{Status: 200, Body: suitetest.ApprovedPayment})
	c, err := afterpay.New(suitetest.MerchantID, "a:b", afterpay.WithBaseURL(srv.URL))
	require.NoError(t, err, "a key may hold one")
	_, err = suitetest.GetPayment(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte(suitetest.MerchantID+":a:b")), srv.Only(t).Header.Get("Authorization"))
}
