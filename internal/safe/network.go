package safe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// standard describes an error of the standard library. It returns "" for an
// error that it does not know, and for one that only wraps another.
func standard(err error) string {
	switch e := err.(type) { //nolint:errorlint // Text walks the chain
	case *net.OpError:
		return operation(e)
	case *net.DNSError:
		return lookup(e)
	case x509.UnknownAuthorityError:
		return "x509: certificate signed by unknown authority" + missingRoots(x509.SystemCertPool())
	case x509.SystemRootsError:
		return "x509: failed to load the system's CA certificates" + missingRoots(nil, e)
	case x509.HostnameError:
		return "x509: certificate is not valid for " + host(e.Host)
	case x509.CertificateInvalidError:
		return invalid(e)
	case tls.RecordHeaderError:
		if string(e.RecordHeader[:]) == "HTTP/" {
			return http.ErrSchemeMismatch.Error()
		}
		return "tls: first record does not look like a TLS handshake"
	}
	for _, sentinel := range [...]error{
		context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, errors.ErrUnsupported, http.ErrSchemeMismatch,
	} {
		if is(err, sentinel) {
			return sentinel.Error()
		}
	}
	return ""
}

// is reports whether err itself, but no error that it wraps, is target.
func is(err, target error) bool {
	if err == target {
		return true
	}
	e, ok := err.(interface{ Is(error) bool })
	return ok && e.Is(target)
}

// operation describes a network operation by its name, the network and the
// address. A dialer of the program's own may put anything into them.
func operation(e *net.OpError) string {
	parts := append(strings.Fields(e.Op), strings.TrimRight(e.Net, "46"))
	for i, part := range parts {
		parts[i] = Word(part)
	}
	switch a := e.Addr.(type) {
	case *net.TCPAddr, *net.UDPAddr, *net.IPAddr:
		parts = append(parts, a.String())
	}
	what := strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
	if e.Err == nil {
		return what
	}
	return what + ": " + text(e.Err)
}

// lookup describes a failure of DNS. Its own text may come from a resolver of
// the program's own.
func lookup(e *net.DNSError) string {
	what := "DNS server failed"
	switch {
	case e.IsNotFound:
		what = "no such host"
	case e.IsTimeout:
		what = "timed out"
	}
	return "lookup " + host(e.Name) + ": " + what
}

// host returns name if it is an IP address or has the form of a host name.
func host(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
	if name == "" || len(name) > 253 || strings.ContainsFunc(name, func(r rune) bool { return !letterOrDigit(r) && r != '.' && r != '-' }) {
		return "the host"
	}
	return name
}

// invalid describes a certificate that was refused.
func invalid(e x509.CertificateInvalidError) string {
	if e.Reason != x509.Expired {
		return "x509: certificate is invalid"
	}
	const what = "x509: certificate has expired or is not yet valid"
	if e.Cert == nil {
		return what
	}
	return what + ": valid from " + e.Cert.NotBefore.UTC().Format(time.RFC3339) + " to " + e.Cert.NotAfter.UTC().Format(time.RFC3339)
}

// missingRoots returns a hint if the system has no CA certificates, as in a
// container image made from scratch.
func missingRoots(system *x509.CertPool, err error) string {
	if err == nil && !system.Equal(x509.NewCertPool()) {
		return ""
	}
	return "; this system has no CA certificates: install them, such as the package ca-certificates, or set SSL_CERT_FILE"
}

// isStatus reports whether text is the standard phrase of an HTTP status. It is
// all that net/http says of a proxy that refuses to connect.
func isStatus(text string) bool {
	for code := http.StatusBadRequest; code <= http.StatusNetworkAuthenticationRequired; code++ {
		if text != "" && text == http.StatusText(code) {
			return true
		}
	}
	return false
}
