package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// countingBody counts how often a body is closed.
type countingBody struct {
	io.Reader
	closed *int
}

func (b countingBody) Close() error {
	*b.closed++
	return nil
}

// reading makes an answer of a reader whose length is not announced.
func reading(status int, r io.Reader, closed *int) func() *http.Response {
	return func() *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: countingBody{r, closed}, ContentLength: -1}
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestHeaderIsNotSharedWithTheRoundTripper(t *testing.T) {
	t.Parallel()
	req := post(t, Keyed)
	want := req.Header.Clone()
	var seen []http.Header
	rt := play(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Clone())
		r.Header.Set("Authorization", "Bearer other")
		r.Header.Add("Accept", "text/html")
		r.Header.Set("X-Trace", "1")
		r.Header.Del("Accept")
		clear(r.Header)
		return answer(503, ""), nil
	})
	over(rt, three).Do(t.Context(), req)
	require.Equal(t, want, req.Header)
	require.Len(t, seen, 3)
	for _, h := range seen {
		delete(h, "Idempotency-Key")
		require.Equal(t, want, h)
	}
}

func TestReplayIsAllowedByAKeyThatIsNotSent(t *testing.T) {
	t.Parallel()
	for _, header := range []http.Header{{"Accept": {"*/*"}}, {}, nil} {
		for _, repeat := range []Repeat{Never, Idempotent, Keyed} {
			rt := play(200)
			req := post(t, repeat)
			req.Header = header
			require.NoError(t, func() error { r := over(rt, three).Do(t.Context(), req); return r.Err }())
			values, there := rt.requests[0].Header["Idempotency-Key"]
			require.Equal(t, repeat != Never, there)
			require.Empty(t, values)
			require.NotContains(t, header, "Idempotency-Key")
			var wire bytes.Buffer
			require.NoError(t, rt.requests[0].Header.Write(&wire))
			require.NotContains(t, wire.String(), "Idempotency")
		}
	}
}

func TestRequestWithoutABodyHasNone(t *testing.T) {
	t.Parallel()
	rt := play(200)
	req := post(t, Idempotent)
	req.Method, req.Body = http.MethodGet, nil
	over(rt, three).Do(t.Context(), req)
	require.Nil(t, rt.requests[0].Body)
	require.Zero(t, rt.requests[0].ContentLength)
}

func TestUsersClientIsCopiedAndKept(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	req := post(t, Never)
	jar.SetCookies(req.URL, []*http.Cookie{{Name: "session", Value: "1"}})
	rt := play(func() *http.Response { return answer(302, "", "Location", "https://elsewhere.example/") })
	var asked int
	hc := &http.Client{
		Transport: rt, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { asked++; return nil },
	}
	tr := New(Config{Client: *hc, Policy: three})
	res := tr.Do(t.Context(), req)
	require.Equal(t, 302, res.StatusCode)
	require.Zero(t, asked, "its redirect policy is not asked")
	require.Equal(t, "session=1", rt.requests[0].Header.Get("Cookie"), "its cookies are sent")
	deadline, ok := rt.requests[0].Context().Deadline()
	require.True(t, ok, "its time limit holds")
	require.WithinDuration(t, time.Now().Add(time.Minute), deadline, 30*time.Second)

	require.Same(t, rt, hc.Transport)
	require.Same(t, jar, hc.Jar)
	require.Equal(t, time.Minute, hc.Timeout)
	require.NoError(t, hc.CheckRedirect(nil, nil))
	require.Equal(t, 1, asked, "and is still its own")
	require.NotSame(t, hc, tr.client)
}

func TestUsersTimeLimitIsATimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rt := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		begin := time.Now()
		hc := &http.Client{Transport: rt, Timeout: 5 * time.Second}
		res := New(Config{Client: *hc, Policy: three}).Do(t.Context(), post(t, Keyed))
		require.Equal(t, 15*time.Second, time.Since(begin))
		require.Equal(t, 3, res.Attempts)
		var timeout net.Error
		require.ErrorAs(t, res.Err, &timeout)
		require.True(t, timeout.Timeout())
		require.True(t, res.Doubt)
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for _, location := range []string{"https://elsewhere.example/", "/v2/other", "http://api.example/", ""} {
			rt := play(func() *http.Response { return answer(status, "moved", "Location", location) })
			res := over(rt, three).Do(t.Context(), post(t, Keyed))
			require.NoError(t, res.Err)
			require.Equal(t, status, res.StatusCode)
			require.Equal(t, "moved", string(res.Body))
			require.Equal(t, location, res.Header.Get("Location"))
			require.Len(t, rt.requests, 1)
			require.Equal(t, "api.example", rt.requests[0].URL.Host)
			require.False(t, res.Doubt)
		}
	}
}

func TestBodiesAreReadUpToALimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		body   func() io.Reader
		read   int
		err    error
	}{
		{"empty", 200, func() io.Reader { return strings.NewReader("") }, 0, nil},
		{"one byte below", 200, func() io.Reader { return strings.NewReader(strings.Repeat("x", 999)) }, 999, nil},
		{"the limit", 200, func() io.Reader { return strings.NewReader(strings.Repeat("x", 1000)) }, 1000, nil},
		{"byte for byte", 200, func() io.Reader { return iotestOneByte{strings.NewReader(strings.Repeat("x", 1000))} }, 1000, nil},
		{"one byte above", 200, func() io.Reader { return strings.NewReader(strings.Repeat("x", 1001)) }, 1000, ErrBodyTooLarge},
		{"endless", 201, func() io.Reader { return endless{} }, 1000, ErrBodyTooLarge},
		// A failure is a failure, however much it has to say.
		{"endless refusal", 402, func() io.Reader { return endless{} }, 1000, nil},
		{"endless page", 404, func() io.Reader { return endless{} }, 1000, nil},
		{"endless redirect", 302, func() io.Reader { return endless{} }, 1000, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var closed int
			rt := play(func(*http.Request) (*http.Response, error) { return reading(tc.status, tc.body(), &closed)(), nil })
			tr := New(Config{Client: http.Client{Transport: rt}, Policy: three, MaxBody: 1000})
			res := tr.Do(t.Context(), post(t, Keyed))
			if tc.err == nil {
				require.NoError(t, res.Err)
			} else {
				require.ErrorIs(t, res.Err, tc.err)
			}
			require.Equal(t, tc.status, res.StatusCode)
			require.Equal(t, strings.Repeat("x", tc.read), string(res.Body))
			require.Equal(t, 1, res.Attempts, "the next answer would be no smaller")
			require.Equal(t, tc.err != nil, res.Doubt)
			require.Equal(t, 1, closed)
			res.Release()
			require.Nil(t, res.Body)
			res.Release()
		})
	}
}

// iotestOneByte reads one byte at a time.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

func TestEndlessServerErrorKeepsItsStatusAndIsRepeated(t *testing.T) {
	t.Parallel()
	var closed int
	rt := play(reading(502, endless{}, &closed))
	tr := New(Config{Client: http.Client{Transport: rt}, Policy: three, MaxBody: 5000})
	res := tr.Do(t.Context(), post(t, Keyed))
	defer res.Release()
	require.NoError(t, res.Err)
	require.Equal(t, 502, res.StatusCode)
	require.Len(t, res.Body, 5000)
	require.Equal(t, 3, res.Attempts)
	require.Equal(t, 3, closed)
	require.True(t, res.Doubt)
}

func TestTheDefaultLimitIsFourMiB(t *testing.T) {
	t.Parallel()
	var closed int
	res := over(play(reading(200, endless{}, &closed)), three).Do(t.Context(), post(t, Never))
	defer res.Release()
	require.ErrorIs(t, res.Err, ErrBodyTooLarge)
	require.Len(t, res.Body, 4<<20)
}

func TestAnnouncedLengthIsNotTrusted(t *testing.T) {
	t.Parallel()
	for _, announced := range []int64{-1, 0, 5, 1 << 40, 1<<63 - 1} {
		rt := play(func() *http.Response {
			r := answer(200, "twelve bytes")
			r.ContentLength = announced
			return r
		})
		res := over(rt, three).Do(t.Context(), post(t, Never))
		require.NoError(t, res.Err)
		require.Equal(t, "twelve bytes", string(res.Body))
		require.LessOrEqual(t, cap(res.Body), largestKept+1)
		res.Release()
	}
}

func TestHalfAnAnswerIsAFailure(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 402, 500} {
		var closed int
		half := io.MultiReader(strings.NewReader(`{"id":"1`), errorReader{io.ErrUnexpectedEOF})
		rt := play(reading(status, half, &closed))
		res := over(rt, Policy{}).Do(t.Context(), post(t, Keyed))
		require.ErrorIs(t, res.Err, io.ErrUnexpectedEOF)
		require.Equal(t, status, res.StatusCode)
		require.Equal(t, `{"id":"1`, string(res.Body))
		require.True(t, res.Doubt)
		require.Equal(t, 1, closed)
		res.Release()
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestErrorsHoldNoURL(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Hour} { // without and with the work of http.Client
		hc := &http.Client{Transport: play(errors.New("boom")), Timeout: limit}
		res := New(Config{Client: *hc}).Do(t.Context(), post(t, Keyed))
		require.EqualError(t, res.Err, "boom")
		var u *url.Error
		require.NotErrorAs(t, res.Err, &u)
	}
}

func TestRoundTrippersMayLeaveOutWhatHTTPClientForgives(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Hour} {
		do := func(resp *http.Response) Result {
			rt := roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil })
			return New(Config{Client: http.Client{Transport: rt, Timeout: limit}}).Do(t.Context(), post(t, Keyed))
		}
		res := do(&http.Response{StatusCode: http.StatusNoContent})
		require.NoError(t, res.Err)
		require.Equal(t, 204, res.StatusCode)
		require.Empty(t, res.Body)
		for _, broken := range []*http.Response{nil, {StatusCode: 200, ContentLength: 5}} {
			res := do(broken)
			require.Error(t, res.Err)
			require.Zero(t, res.StatusCode)
			require.True(t, res.Doubt, "it may have sent the request all the same")
		}
	}
}

func TestBuffersAreWipedAndLargeOnesLetGo(t *testing.T) {
	t.Parallel()
	const secret = "jane.citizen@example.com"
	for _, tc := range []struct {
		size  int
		limit int64
	}{{24, 1000}, {1000, 1000}, {1001, 1000}, {60_000, 100_000}, {65_000, 100_000}, {100_000, 100_000}, {200_000, 100_000}, {3 << 20, 4 << 20}} {
		b := new(buffer)
		text := strings.Repeat(secret, tc.size/len(secret)+1)[:tc.size]
		got, err := b.readAll(strings.NewReader(text), int64(tc.size), tc.limit)
		require.Equal(t, int64(tc.size) > tc.limit, errors.Is(err, ErrBodyTooLarge), strconv.Itoa(tc.size))
		require.Equal(t, text[:min(int64(tc.size), tc.limit)], string(got))
		all := b.b[:cap(b.b)]
		require.Equal(t, len(all) <= largestKept, b.clear())
		require.Empty(t, bytes.Trim(all, "\x00"), "%d bytes", tc.size)
	}
	// A second, shorter answer has nothing of the first one.
	b := new(buffer)
	_, err := b.readAll(strings.NewReader(secret), -1, 1000)
	require.NoError(t, err)
	require.True(t, b.clear())
	got, err := b.readAll(strings.NewReader("{}"), 2, 1000)
	require.NoError(t, err)
	require.Equal(t, "{}", string(got))
}

func TestCallerMayShareARequest(t *testing.T) {
	t.Parallel()
	req := post(t, Keyed)
	tr := over(roundTripper(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("X-Attempt", "1")
		text, err := io.ReadAll(r.Body)
		return answer(200, string(text)), err
	}), three)
	done := make(chan string, 50)
	for range cap(done) {
		go func() {
			res := tr.Do(context.WithoutCancel(t.Context()), req)
			defer res.Release()
			done <- string(res.Body)
		}()
	}
	for range cap(done) {
		require.Equal(t, string(req.Body), <-done)
	}
	require.NotContains(t, req.Header, "X-Attempt")
}
