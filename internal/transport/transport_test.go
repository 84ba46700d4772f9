package transport

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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
