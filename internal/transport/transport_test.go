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
	rt := play(says(302, "", "Location", "https://elsewhere.example/"), errors.New("boom"))
	hc := &http.Client{
		Transport: rt, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { require.Fail(t, "a redirect is followed"); return nil },
	}
	tr := New(Config{Client: *hc, Policy: three})
	require.Equal(t, 302, tr.Do(t.Context(), req).StatusCode)
	require.Equal(t, "session=1", rt.requests[0].Header.Get("Cookie"), "its cookies are sent")
	deadline, ok := rt.requests[0].Context().Deadline()
	require.True(t, ok, "its time limit holds")
	require.WithinDuration(t, time.Now().Add(time.Minute), deadline, 30*time.Second)
	require.Same(t, rt, hc.Transport)

	err = tr.Do(t.Context(), req).Err
	require.EqualError(t, err, "boom")
	require.NotErrorAs(t, err, new(*url.Error), "which would hold the URL")
}
