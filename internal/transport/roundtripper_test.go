package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/safe"
)

func TestNewRoundTripper_SetsLimits(t *testing.T) {
	t.Parallel()
	program := http.DefaultTransport.(*http.Transport)
	rt := NewRoundTripper(10 * time.Second).(*http.Transport)
	require.NotSame(t, program, rt)
	require.GreaterOrEqual(t, rt.TLSClientConfig.MinVersion, uint16(tls.VersionTLS12))
	require.GreaterOrEqual(t, rt.MaxIdleConnsPerHost, 32)
	require.Positive(t, rt.MaxResponseHeaderBytes)
	require.Greater(t, rt.TLSHandshakeTimeout, 10*time.Second, "the attempt's own limit comes first")
	require.True(t, rt.ForceAttemptHTTP2)
	require.NotNil(t, rt.Proxy)
	for _, limit := range []time.Duration{rt.HTTP2.SendPingTimeout, rt.HTTP2.PingTimeout} {
		require.Positive(t, limit)
		require.LessOrEqual(t, limit, 20*time.Second, "as long as a read may take")
	}
	require.Zero(t, program.MaxIdleConnsPerHost, "the program's own stays as it is")
	if program.HTTP2 != nil { // Go 1.27 fills it in when a Transport is cloned
		require.Zero(t, program.HTTP2.SendPingTimeout+program.HTTP2.PingTimeout)
	}
	require.Zero(t, NewRoundTripper(0).(*http.Transport).TLSHandshakeTimeout)
}

// setDefault replaces http.DefaultTransport for a test, which must not run beside
// others.
func setDefault(t *testing.T, rt http.RoundTripper) {
	t.Helper()
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	http.DefaultTransport = rt
}

func TestNewRoundTripper_KeepsWhatTheProgramHasSet(t *testing.T) {
	other := play(200)
	setDefault(t, other)
	require.Same(t, other, NewRoundTripper(time.Second), "another RoundTripper, such as one for tracing")

	server := newStale(t)
	var dialed []string
	var limited bool
	setDefault(t, &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed = append(dialed, address)
			_, limited = ctx.Deadline()
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
		MaxIdleConnsPerHost:    100,
		MaxResponseHeaderBytes: 1000,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS13},
		HTTP2:                  &http.HTTP2Config{PingTimeout: time.Second},
	})
	tr := New(Config{Connect: patience})
	t.Cleanup(tr.CloseIdleConnections)
	res := tr.Do(t.Context(), postTo(parse(t, "http://api.example"), Keyed, patience))
	require.NoError(t, res.Err)
	require.Equal(t, []string{"api.example:80"}, dialed)
	require.True(t, limited, "what is left of an attempt that has ended does not dial for ever")
	rt := tr.client.Transport.(*http.Transport)
	require.Equal(t, 100, rt.MaxIdleConnsPerHost)
	require.EqualValues(t, 1000, rt.MaxResponseHeaderBytes)
	require.EqualValues(t, tls.VersionTLS13, rt.TLSClientConfig.MinVersion)
	require.Equal(t, time.Second, rt.HTTP2.PingTimeout)
	require.Positive(t, rt.HTTP2.SendPingTimeout)

	setDefault(t, new(http.Transport))
	require.Nil(t, NewRoundTripper(time.Second).(*http.Transport).DialContext, "net/http dials itself")
}

// certificate returns a certificate for api.example, with which a server of
// httptest answers, that is valid until a time.
func certificate(t *testing.T, until time.Time) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"api.example"}, NotBefore: time.Unix(0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// The failures before a request is sent that a first deployment meets. None
// leaves doubt, and their texts say what to look at.
func TestDo_SaysWhyItCannotConnect(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refusing := closed.Addr().String()
	require.NoError(t, closed.Close())
	serve := func(config *tls.Config) *httptest.Server {
		srv := httptest.NewUnstartedServer(http.NotFoundHandler())
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.TLS = config
		srv.StartTLS()
		t.Cleanup(srv.Close)
		return srv
	}
	const expiry = 1e9
	expired, good := serve(certificate(t, time.Unix(expiry, 0))), serve(certificate(t, time.Now().Add(time.Hour)))
	old := serve(&tls.Config{MaxVersion: tls.VersionTLS11})
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	// to makes a RoundTripper dial a server, and trust its certificate or not.
	to := func(srv *httptest.Server, trusted bool) func(*http.Transport) {
		return func(rt *http.Transport) {
			rt.TLSClientConfig.RootCAs = x509.NewCertPool()
			if trusted {
				rt.TLSClientConfig.RootCAs.AddCert(srv.Certificate())
			}
			rt.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
			}
		}
	}
	via := func(proxy func(*http.Request) (*url.URL, error)) func(*http.Transport) {
		return func(rt *http.Transport) { rt.Proxy = proxy }
	}
	refusingProxy := via(func(*http.Request) (*url.URL, error) {
		u := parse(t, proxy.URL)
		u.User = url.UserPassword("user", "hunter2")
		return u, nil
	})
	for name, tc := range map[string]struct {
		url      string
		set      func(*http.Transport)
		attempts int
		text     string
	}{
		"refused":               {"http://" + refusing, nil, 3, "dial tcp " + refusing + ": connection refused"},
		"unknown authority":     {"https://api.example", to(good, false), 1, "x509: certificate signed by unknown authority"},
		"another name":          {"https://other.example", to(good, true), 1, "x509: certificate is not valid for other.example"},
		"expired":               {"https://api.example", to(expired, true), 1, "x509: certificate has expired or is not yet valid: valid from 1970-01-01T00:00:00Z to 2001-09-09T01:46:40Z"},
		"HTTP behind https":     {"https://" + plain.Listener.Addr().String(), nil, 1, "http: server gave HTTP response to HTTPS client"},
		"old TLS":               {old.URL, nil, 3, "remote error: tls: protocol version not supported"},
		"proxy refuses":         {"https://api.example", refusingProxy, 3, "proxy responded with status 407 to CONNECT"},
		"proxy does not answer": {"https://api.example", via(http.ProxyURL(parse(t, "http://user:hunter2@"+refusing))), 3, "proxyconnect tcp: dial tcp " + refusing + ": connection refused"},
		"proxy function fails": {"https://api.example", via(func(*http.Request) (*url.URL, error) { return nil, errDisk }), 3,
			"error of type *errors.errorString, text withheld"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, own := range []bool{true, false} {
				tr := overSockets(t, patience, three)
				if tc.set != nil {
					tc.set(tr.client.Transport.(*http.Transport))
				}
				tr.own = own
				res := tr.Do(t.Context(), postTo(parse(t, tc.url), Keyed, patience))
				require.Equal(t, tc.text, safe.Text(res.Err))
				require.False(t, res.Doubt)
				require.Zero(t, res.StatusCode)
				require.Equal(t, tc.attempts, res.Attempts)
			}
		})
	}
}

// forgetful is a connection that a router may forget: what is sent on it then
// leads nowhere, and nobody is told.
type forgetful struct {
	net.Conn
	forgotten atomic.Bool
}

func (f *forgetful) Write(p []byte) (int, error) {
	if f.forgotten.Load() {
		return len(p), nil
	}
	return f.Conn.Write(p)
}

// A router that forgot a connection does not tell. Over HTTP/2 all calls share
// it, so that each of them, and each of their repetitions, would wait in vain.
func TestSilentHTTP2ConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	tr := overTLS(t, srv, patience)
	tr.policy = Policy{MaxAttempts: 2}
	rt := tr.client.Transport.(*http.Transport)
	rt.HTTP2.SendPingTimeout /= 150 // 100 ms of silence
	rt.HTTP2.PingTimeout /= 25      // 600 ms for the pong
	var conns []*forgetful
	rt.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		conns = append(conns, &forgetful{Conn: conn})
		return conns[len(conns)-1], err
	}
	for round := range 2 {
		begin := time.Now()
		res := tr.Do(t.Context(), postTo(parse(t, srv.URL), Keyed, patience))
		require.NoError(t, res.Err)
		require.Equal(t, "HTTP/2.0", string(res.Body))
		require.Equal(t, round+1, res.Attempts, "the second call's first attempt is on the silent connection")
		require.Less(t, time.Since(begin), patience, "sooner than its limit")
		require.Len(t, conns, round+1)
		res.Release()
		conns[round].forgotten.Store(true)
	}
}
