package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// GoVersion returns the version of the Go language for a User-Agent, such as
// 1.26.
func GoVersion() string {
	version, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go"), " ") // experiments follow a space
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return "devel"
	}
	return parts[0] + "." + parts[1]
}

// NewRoundTripper returns a copy of http.DefaultTransport for attempts with the
// given connect limit, with TLS 1.2 or newer, a limit for response headers and
// enough idle connections for parallel callers. What the program has set in
// http.DefaultTransport, such as its dialer and its proxy, is kept. If
// http.DefaultTransport is not a *http.Transport, it is returned as it is.
func NewRoundTripper(connect time.Duration) http.RoundTripper {
	program, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := program.Clone()
	if connect > 0 {
		// net/http goes on connecting for an attempt that has given up. The
		// attempt's own limit must come first, so that its error is the one that
		// the caller sees.
		connect += time.Second
		t.DialContext = limitDial(t.DialContext, connect)
	}
	t.TLSHandshakeTimeout = connect
	t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, 32)
	t.MaxResponseHeaderBytes = cmp.Or(t.MaxResponseHeaderBytes, 256<<10)
	if t.HTTP2 == nil {
		t.HTTP2 = new(http.HTTP2Config)
	}
	// Without pings, a silent HTTP/2 connection would be used again and again.
	t.HTTP2.SendPingTimeout = cmp.Or(t.HTTP2.SendPingTimeout, 15*time.Second)
	t.HTTP2.PingTimeout = cmp.Or(t.HTTP2.PingTimeout, 15*time.Second)
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = new(tls.Config)
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	if t.OnProxyConnectResponse == nil {
		t.OnProxyConnectResponse = refusedByProxy
	}
	return t
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// limitDial returns dial with a time limit. A nil dial is left to net/http.
func limitDial(dial dialFunc, limit time.Duration) dialFunc {
	if dial == nil {
		return nil
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// refusedByProxy makes an error of a proxy's refusal to connect. net/http's own
// error is the proxy's text.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return safe.Message("proxy responded with status " + strconv.Itoa(res.StatusCode) + " to CONNECT")
}
