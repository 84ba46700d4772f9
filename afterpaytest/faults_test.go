package afterpaytest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFail_HappensBeforeOrAfterTheCommit(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		fault     Fault
		committed bool
		check     func(*testing.T, *http.Response, error)
	}{
		{"reset", Reset(), false, isReset},
		{"reset after commit", Reset().AfterCommit(), true, isReset},
		{"HTML 502", BadGateway(), false, isHTML(502)},
		{"HTML 502 after commit", BadGateway().AfterCommit(), true, isHTML(502)},
		{"HTML 503", ServiceUnavailable(), false, isHTML(503)},
		{"HTML 403", Blocked(), false, isHTML(403)},
		{"empty 500", EmptyError(), false, isEmpty(500)},
		{"empty 500 after commit", EmptyError().AfterCommit(), true, isEmpty(500)},
		{"429", TooManyRequests(1500 * time.Millisecond), false, func(t *testing.T, res *http.Response, err error) {
			isEmpty(429)(t, res, err)
			require.Equal(t, "2", res.Header.Get("Retry-After"), "rounded up")
		}},
		{"429 without a time", TooManyRequests(0), false, func(t *testing.T, res *http.Response, err error) {
			isEmpty(429)(t, res, err)
			require.Empty(t, res.Header.Values("Retry-After"))
		}},
		{"409", InProgress(), false, isError(409, "conflict")},
		{"refusal", Refuse(422, "declined", "Cash App could not process the refund"), false, isError(422, "declined")},
		{"scripted", Respond(418, map[string]string{"errorCode": "teapot"}), false, isError(418, "teapot")},
		{"truncated", Truncated(), true, func(t *testing.T, res *http.Response, err error) {
			require.NoError(t, err)
			require.Equal(t, 201, res.StatusCode)
			body, err := io.ReadAll(res.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.True(t, strings.HasPrefix(string(body), `{"id":"`))
			require.Less(t, int64(len(body)), res.ContentLength)
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			token := s.checkout()
			s.sandbox.Fail(OpCapture, tc.fault)
			res, err := s.sandbox.RoundTrip(s.request(http.MethodPost, "/v2/payments/capture", `{"token":"`+token+`"}`))
			tc.check(t, res, err)
			require.Len(t, s.sandbox.Ledger(), map[bool]int{true: 1}[tc.committed])
			require.Equal(t, 201, s.post("/v2/payments/capture", `{"token":"`+token+`"}`).status, "a fault strikes once")
			require.Len(t, s.sandbox.Ledger(), 1)
		})
	}
}

func isReset(t *testing.T, res *http.Response, err error) {
	t.Helper()
	require.Nil(t, res)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, "read", op.Op)
}

func isHTML(status int) func(*testing.T, *http.Response, error) {
	return func(t *testing.T, res *http.Response, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, status, res.StatusCode)
		require.Contains(t, res.Header.Get("Content-Type"), "text/html")
		require.NotEmpty(t, res.Header.Get("Cf-Ray"))
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(body), "<!DOCTYPE html>"))
	}
}

func isEmpty(status int) func(*testing.T, *http.Response, error) {
	return func(t *testing.T, res *http.Response, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, status, res.StatusCode)
		require.Empty(t, res.Header.Values("Content-Type"))
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Empty(t, body)
	}
}

func isError(status int, code string) func(*testing.T, *http.Response, error) {
	return func(t *testing.T, res *http.Response, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, status, res.StatusCode)
		require.Equal(t, "application/json", res.Header.Get("Content-Type"))
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Contains(t, string(body), `"errorCode":"`+code+`"`)
	}
}

func TestTimeout_LastsUntilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]Fault{"before": Timeout(), "after": Timeout().AfterCommit()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newShop(t)
				token := s.checkout()
				s.sandbox.Fail(OpCapture, fault)
				ctx, cancel := context.WithTimeout(t.Context(), 70*time.Second)
				defer cancel()
				began := time.Now()
				_, err := s.sandbox.RoundTrip(s.request(http.MethodPost, "/v2/payments/capture", `{"token":"`+token+`"}`).WithContext(ctx))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, 70*time.Second, time.Since(began))
				require.Len(t, s.sandbox.Ledger(), map[string]int{"after": 1}[name])
			})
		})
	}
	t.Run("without a deadline", func(t *testing.T) {
		t.Parallel()
		s := New()
		s.Fail(OpPing, Timeout())
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, apiHost+"/ping", nil)
		require.NoError(t, err)
		_, err = s.RoundTrip(req)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
	})
}

func TestFail_QueuesFaults(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.sandbox.Fail(OpGetConfiguration, EmptyError().Times(2))
	s.sandbox.Fail(OpGetConfiguration, Blocked())
	s.sandbox.Reply("configuration.get", 200, `{"maximumAmount":{"amount":"5.00","currency":"USD"}}`)
	var statuses []int
	for range 5 {
		statuses = append(statuses, s.get("/v2/configuration").status)
	}
	require.Equal(t, []int{500, 500, 403, 200, 200}, statuses)
	require.Equal(t, 200, s.get("/ping").status, "other operations are left alone")
}

func TestFailFunc_DecidesEachRequest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.sandbox.FailFunc(OpCreateRefund, func(r Request) (Fault, bool) {
		return Reset(), r.Attempt < 3
	})
	id, _ := s.captured()
	refund := func() error {
		res, err := s.sandbox.RoundTrip(s.request(http.MethodPost, "/v2/payments/"+id+"/refund", `{"requestId":"r","merchantReference":"m",`+tenUSD+`}`))
		if err == nil {
			require.Equal(t, 201, res.StatusCode)
		}
		return err
	}
	require.Error(t, refund())
	require.Error(t, refund())
	require.NoError(t, refund())
	require.Equal(t, 1, s.moved(Refunded))
}

func TestFail_UnusedFaultFailsTheTest(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	s := New()
	s.bind(rec)
	s.Fail(OpCapture, Reset().Times(3))
	s.Hold(OpVoid)
	s.FailFunc(OpPing, func(Request) (Fault, bool) { return Fault{}, false })
	rec.end()
	require.Len(t, rec.errors, 1)
	require.Contains(t, rec.errors[0], "Hold for payments.void, Reset for payments.capture (3 times)")
}

func TestReport_EndsWithTheTest(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	s := &shop{t: t, sandbox: New()}
	s.sandbox.bind(rec)
	rec.end()
	require.Equal(t, 404, s.get("/nowhere").status)
	require.Empty(t, rec.errors)
}

func TestHold_SecondRequestWithTheSameKeyConflicts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	auth, _ := s.authorized()
	captured, _ := s.captured()
	cases := []struct {
		name       string
		op         Op
		path, body string
		other      string // the body of a request with another key
	}{
		{"capture", OpCapture, "/v2/payments/capture", `{"token":"` + s.checkout() + `"}`, `{"token":"` + s.checkout() + `"}`},
		{"auth", OpAuthorize, "/v2/payments/auth", `{"requestId":"r","token":"` + s.checkout() + `"}`, `{"requestId":"q","token":"` + s.checkout() + `"}`},
		{"part capture", OpCapturePart, "/v2/payments/" + auth + "/capture", `{"requestId":"r",` + tenUSD + `}`, `{"requestId":"q",` + tenUSD + `}`},
		{"void", OpVoid, "/v2/payments/" + auth + "/void", `{"requestId":"r",` + tenUSD + `}`, `{"requestId":"q",` + tenUSD + `}`},
		{"refund", OpCreateRefund, "/v2/payments/" + captured + "/refund", `{"requestId":"r","merchantReference":"m",` + tenUSD + `}`, `{"requestId":"r","merchantReference":"n",` + tenUSD + `}`},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			held := s.sandbox.Hold(tc.op)
			first := make(chan received)
			go func() { first <- s.post(tc.path, tc.body) }()
			<-held.Entered()
			before := len(s.sandbox.Ledger())
			s.refused(s.post(tc.path, tc.body), 409, "conflict")
			require.Len(t, s.sandbox.Ledger(), before)
			require.Equal(t, 201, s.post(tc.path, tc.other).status)
			held.Release()
			require.Equal(t, 201, (<-first).status)
			require.Equal(t, 201, s.post(tc.path, tc.body).status)
			require.Len(t, s.sandbox.Ledger(), before+2)
		})
	}
}

func TestHold_CarriesOutWhatItsClientGaveUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	token := s.checkout()
	held := s.sandbox.Hold(OpCapture)
	ctx, giveUp := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := s.sandbox.RoundTrip(s.request(http.MethodPost, "/v2/payments/capture", `{"token":"`+token+`"}`).WithContext(ctx))
		failed <- err
	}()
	<-held.Entered()
	giveUp()
	require.ErrorIs(t, <-failed, context.Canceled)
	s.refused(s.post("/v2/payments/capture", `{"token":"`+token+`"}`), 409, "conflict")
	require.Empty(t, s.sandbox.Ledger())
	held.Release()
	require.Len(t, s.sandbox.Ledger(), 1)
}

func TestHold_EndOfTheTestReleases(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	s := &shop{t: t, sandbox: New()}
	s.sandbox.bind(rec)
	token := s.checkout()
	held := s.sandbox.Hold(OpCapture)
	captured := make(chan received)
	go func() { captured <- s.post("/v2/payments/capture", `{"token":"`+token+`"}`) }()
	<-held.Entered()
	rec.end()
	require.Equal(t, 201, (<-captured).status)
	require.Empty(t, rec.errors)
}

func TestServeHTTP_Faults(t *testing.T) {
	t.Parallel()
	for name, tlsServer := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sandbox := New()
			server := httptest.NewUnstartedServer(sandbox)
			if tlsServer {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			get := func(ctx context.Context) (*http.Response, error) {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v2/configuration", nil)
				require.NoError(t, err)
				req.SetBasicAuth(MerchantID, SecretKey)
				return server.Client().Do(req)
			}

			sandbox.Fail(OpGetConfiguration, Reset())
			_, err := get(t.Context())
			require.True(t, errors.Is(err, syscall.ECONNRESET) || tlsServer && errors.Is(err, io.EOF), err)

			sandbox.Fail(OpGetConfiguration, Truncated())
			res, err := get(t.Context())
			require.NoError(t, err)
			_, err = io.ReadAll(res.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NoError(t, res.Body.Close())

			ctx, giveUp := context.WithCancel(t.Context())
			sandbox.FailFunc(OpGetConfiguration, func(Request) (Fault, bool) {
				giveUp()
				return Timeout(), true
			})
			_, err = get(ctx)
			require.ErrorIs(t, err, context.Canceled)

			sandbox.Fail(OpGetConfiguration, BadGateway())
			res, err = get(t.Context())
			isHTML(502)(t, res, err)
			require.NoError(t, res.Body.Close())
		})
	}
}

func TestMock_RespondersComeFirst(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.sandbox.Mock().RegisterResponder(http.MethodGet, "/v2/configuration", func(*http.Request) (*http.Response, error) {
		return nil, errors.New("unplugged")
	})
	_, err := s.sandbox.RoundTrip(s.request(http.MethodGet, "/v2/configuration", ""))
	require.ErrorContains(t, err, "unplugged")
	require.Empty(t, s.sandbox.Requests(OpGetConfiguration))
	require.Equal(t, 200, s.get("/v1/configuration").status)
}

// The test does not wait until the request is held, as a test that holds a
// request until its client gives up need not.
func TestHold_ReleaseDoesNotRaceWithTheRequest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for range 100 {
		held := s.sandbox.Hold(OpPing)
		ctx, giveUp := context.WithCancel(t.Context())
		gaveUp := make(chan struct{})
		go func() {
			defer close(gaveUp)
			_, _ = s.sandbox.RoundTrip(s.request(http.MethodGet, "/ping", "").WithContext(ctx))
		}()
		giveUp()
		held.Release()
		<-gaveUp
		<-held.Entered() // the service sees the request all the same
	}
}

func TestHold_ReleasedBeforeAnyRequestHoldsNone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.sandbox.Hold(OpPing).Release()
	require.Equal(t, 200, s.get("/ping").status)
}

func TestRoundTrip_CopiesTheRequest(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	body, kind := form(t, "dispute_evidence", "a.png", "image/png", "x")
	held := s.sandbox.Hold(OpUploadEvidence)
	ctx, giveUp := context.WithCancel(t.Context())
	req := s.request(http.MethodPost, "/v2/disputes/files", body).WithContext(ctx)
	req.Header.Set("Content-Type", kind)
	gaveUp := make(chan struct{})
	go func() {
		defer close(gaveUp)
		_, _ = s.sandbox.RoundTrip(req)
	}()
	<-held.Entered()
	giveUp()
	<-gaveUp
	req.Header.Del("Content-Type") // the request is its client's again
	held.Release()
	require.Len(t, s.sandbox.disputes.files, 1)
}
