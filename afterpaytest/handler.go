package afterpaytest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// ServeHTTP serves the sandbox over a socket, faults included: a reset resets
// the connection, a timeout lasts until the client goes away. It implements
// http.Handler.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := r.WithContext(r.Context())
	target := *r.URL
	target.Scheme, target.Host = "http", r.Host
	if r.TLS != nil {
		target.Scheme = "https"
	}
	req.URL = &target

	res, err := s.RoundTrip(req)
	if err != nil {
		abort(w, errors.Is(err, syscall.ECONNRESET))
		return
	}
	defer func() { _ = res.Body.Close() }()
	header := w.Header()
	for key, values := range res.Header {
		header[key] = values
	}
	if res.ContentLength >= 0 && res.StatusCode != http.StatusNoContent {
		header.Set("Content-Length", strconv.FormatInt(res.ContentLength, 10))
	}
	w.WriteHeader(res.StatusCode)
	if _, err := io.Copy(w, res.Body); err != nil {
		_ = http.NewResponseController(w).Flush() // the half that was written does arrive
		panic(http.ErrAbortHandler)
	}
}

// abort ends a connection without an answer, with a TCP reset if asked.
func abort(w http.ResponseWriter, reset bool) {
	if !reset {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	defer func() { _ = conn.Close() }()
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing discards what is unsent and resets
	}
}
