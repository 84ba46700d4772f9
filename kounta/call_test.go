package kounta_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

// refund is a valid payment.
func refund() kounta.NewPayment {
	return kounta.NewPayment{MethodID: kountatest.MethodID, Amount: afterpay.AUD(-1_05), Ref: "r1"}
}

func TestDo_StatusDecidesKindAndWhetherAWriteMayHaveHappened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		body    string
		kind    kounta.Kind
		unknown bool
	}{
		{400, `{"error":"bad amount"}`, kounta.ErrInvalid, false},
		{400, `{"error":"The access token expired"}`, kounta.ErrUnauthorized, false},
		{401, ``, kounta.ErrUnauthorized, false},
		{403, ``, kounta.ErrUnauthorized, false},
		{404, ``, kounta.ErrNotFound, false},
		{406, ``, kounta.ErrInvalid, false},
		{409, ``, kounta.ErrInvalid, false},
		{422, ``, kounta.ErrInvalid, false},
		{429, ``, kounta.ErrRateLimited, false},
		{302, ``, kounta.ErrUnavailable, true},
		{408, ``, kounta.ErrUnavailable, true},
		{500, ``, kounta.ErrUnavailable, true},
		{503, `<html>`, kounta.ErrUnavailable, true},
	} {
		t.Run(strconv.Itoa(c.status), func(t *testing.T) {
			t.Parallel()
			client := connect(t, answering(c.status, c.body))
			err := client.Payments.Create(t.Context(), 5, refund())
			require.ErrorIs(t, err, c.kind)
			require.Equal(t, c.unknown, errors.Is(err, kounta.ErrOutcomeUnknown))
			if c.kind != kounta.ErrUnauthorized && c.status != 429 {
				_, err = client.Orders.Get(t.Context(), 5)
				require.ErrorIs(t, err, c.kind)
				require.NotErrorIs(t, err, kounta.ErrOutcomeUnknown, "a read changes nothing")
			}
		})
	}
}

func TestDo_ErrorBeforeTheConnectionMeansThatNothingHappened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cause   error
		unknown bool
	}{
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, false},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, true},
		{io.ErrUnexpectedEOF, true},
	} {
		fake := kountatest.New(kountatest.Options{})
		client := connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodPost {
				return nil, c.cause
			}
			return fake.RoundTrip(req)
		}))
		err := client.Payments.Create(t.Context(), 5, refund())
		require.ErrorIs(t, err, c.cause)
		require.Equal(t, c.unknown, errors.Is(err, kounta.ErrOutcomeUnknown), "%v", c.cause)
	}
}

func TestDo_ResponseThatBreaksOffLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	client := connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := fake.RoundTrip(req)
		if err == nil && req.Method == http.MethodPost {
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("nu"), failing{}))
		}
		return resp, err
	}))
	require.ErrorIs(t, client.Payments.Create(t.Context(), 5, refund()), kounta.ErrOutcomeUnknown)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A payment that a proxy responds to must not count as made.
func TestDo_SuccessOfAProxyIsNotOneOfKounta(t *testing.T) {
	t.Parallel()
	client := connect(t, answering(200, `<html>Sign in to the network</html>`))
	require.ErrorIs(t, client.Payments.Create(t.Context(), 5, refund()), kounta.ErrOutcomeUnknown)
	require.ErrorIs(t, client.Orders.SetStatus(t.Context(), 5, kounta.StatusComplete), kounta.ErrOutcomeUnknown)
	for _, body := range []string{"", " ", "null", "{}"} {
		client := connect(t, answering(201, body))
		require.NoError(t, client.Payments.Create(t.Context(), 5, refund()), body)
	}
}

func TestDo_CanceledContextSendsNothing(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	client := connect(t, fake)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := client.Payments.Create(ctx, 5, refund())
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, kounta.ErrOutcomeUnknown)
	require.Equal(t, 1, fake.Requests(), "that of Connect")
}

func TestDo_SilentServiceTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := kountatest.New(kountatest.Options{})
		client := connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodPost {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return fake.RoundTrip(req)
		}))
		start := time.Now()
		require.ErrorIs(t, client.Payments.Create(t.Context(), 5, refund()), kounta.ErrOutcomeUnknown)
		require.Equal(t, 30*time.Second, time.Since(start))
	})
}

func TestDo_LinksLeadToTheSameHostOverTLS(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	next := "http://api.kounta.com/v1/companies/9007199254740993/sites?page=0"
	client := connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.URL.Host != "api.kounta.com" || req.URL.Scheme != "https" {
			t.Errorf("the credentials were sent to %s://%s", req.URL.Scheme, req.URL.Host)
		}
		resp, err := fake.RoundTrip(req)
		if strings.HasSuffix(req.URL.Path, "/sites") {
			resp.Header.Set("X-Next-Page", next)
			next = "https://evil.example" + req.URL.Path
		}
		return resp, err
	}))
	var last error
	for _, err := range client.Sites.All(t.Context()) {
		last = err
	}
	require.ErrorIs(t, last, kounta.ErrUnavailable)
}

func TestError_TextHoldsNoBodyAddressOrPersonalData(t *testing.T) {
	t.Parallel()
	client := connect(t, answering(500, `{"email":"ann@example.com"}`))
	_, err := client.Customers.ByEmail(t.Context(), "ann@example.com")
	require.EqualError(t, err, "kounta: customers.by_email: unavailable (status 500)")
	fake := kountatest.New(kountatest.Options{})
	client = connect(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.URL.RawQuery != "" {
			return nil, io.EOF
		}
		return fake.RoundTrip(req)
	}))
	_, err = client.Customers.ByEmail(t.Context(), "ann@example.com")
	require.EqualError(t, err, "kounta: customers.by_email: unavailable: EOF")
}
