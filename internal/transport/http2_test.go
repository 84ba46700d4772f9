package transport

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// forgetful is a router in front of a server, which can be made to forget the
// connections that go through it: what comes in on them then leads nowhere, and
// nobody is told.
type forgetful struct {
	address  string
	accepted atomic.Int64
	age      atomic.Int64
}

// forget makes connections as they are now lead nowhere.
func (f *forgetful) forget() { f.age.Add(1) }

func newForgetful(t *testing.T, server string) *forgetful {
	t.Helper()
	f := new(forgetful)
	f.address = serveTCP(t, func(near net.Conn) {
		f.accepted.Add(1)
		born := f.age.Load()
		far, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		var both sync.WaitGroup
		carry := func(to, from net.Conn) {
			defer to.Close()
			part := make([]byte, 32<<10)
			for {
				n, err := from.Read(part)
				if err != nil {
					return
				}
				if f.age.Load() == born {
					_, _ = to.Write(part[:n])
				}
			}
		}
		both.Go(func() { carry(far, near) })
		both.Go(func() { carry(near, far) })
		both.Wait()
	}).Host
	return f
}

// A router that forgot a connection does not tell. Over HTTP/2 all calls share
// it, so that each of them, and each of their repetitions, would wait in vain.
func TestSilentHTTP2ConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	router := newForgetful(t, srv.Listener.Addr().String())
	tr := overTLS(t, srv, patience)
	tr.policy = Policy{MaxAttempts: 2}
	settings := tr.client.Transport.(*http.Transport).HTTP2
	settings.SendPingTimeout /= 150 // 100 ms of silence
	settings.PingTimeout /= 25      // 600 ms for the pong
	u := parse(t, "https://"+router.address)

	for round := range 2 {
		begin := time.Now()
		res := tr.Do(t.Context(), postTo(u, Keyed, patience))
		require.NoError(t, res.Err)
		require.Equal(t, "HTTP/2.0", string(res.Body))
		require.Equal(t, round+1, res.Attempts, "the second call's first attempt is on the silent connection")
		require.Less(t, time.Since(begin), patience, "sooner than its limit")
		res.Release()
		router.forget()
	}
	require.EqualValues(t, 2, router.accepted.Load())
}

func TestDefaultRoundTripperPingsHTTP2Connections(t *testing.T) {
	t.Parallel()
	settings := NewRoundTripper(time.Second).(*http.Transport).HTTP2
	require.NotNil(t, settings)
	for _, limit := range []time.Duration{settings.SendPingTimeout, settings.PingTimeout} {
		require.Positive(t, limit)
		require.LessOrEqual(t, limit, 20*time.Second, "as long as a read may take")
	}
	// Go 1.27 fills in an empty configuration when a Transport is cloned.
	if program := http.DefaultTransport.(*http.Transport).HTTP2; program != nil {
		require.Zero(t, program.SendPingTimeout, "the program's own transport stays as it is")
		require.Zero(t, program.PingTimeout)
	}
}
