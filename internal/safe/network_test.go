package safe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// address is that of a dialer of the program's own.
type address struct{}

func (address) Network() string { return secret }
func (address) String() string  { return secret }

func TestText_ErrorsOfTheNetwork(t *testing.T) {
	t.Parallel()
	tcp := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}
	refused := os.NewSyscallError("connect", syscall.ECONNREFUSED)
	cert := &x509.Certificate{NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1e9, 0)}
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"dial":                 {&net.OpError{Op: "dial", Net: "tcp4", Addr: tcp, Err: refused}, "dial tcp 127.0.0.1:9: connection refused"},
		"dial by name":         {&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: secret, Name: "api.example", IsNotFound: true}}, "dial tcp: lookup api.example: no such host"},
		"dialer of its own":    {&net.OpError{Op: "dial 1", Net: secret, Addr: address{}, Err: errors.New(secret)}, "dial: error of type *errors.errorString, text withheld"},
		"nothing but words":    {&net.OpError{Op: "read", Net: "unix"}, "read unix"},
		"alert":                {&net.OpError{Op: "remote error", Err: tls.AlertError(42)}, "remote error: tls: bad certificate"},
		"look-up timed out":    {&net.DNSError{Err: secret, Name: "api.example", IsTimeout: true}, "lookup api.example: timed out"},
		"look-up of a secret":  {&net.DNSError{Err: secret, Name: secret}, "lookup the host: DNS server failed"},
		"look-up of nothing":   {&net.DNSError{IsNotFound: true}, "lookup the host: no such host"},
		"look-up in a network": {&net.DNSError{Name: "egress-proxy", IsNotFound: true}, "lookup egress-proxy: no such host"},
		"look-up on localhost": {&net.DNSError{Name: "localhost", IsNotFound: true}, "lookup localhost: no such host"},
		"wrong name":           {x509.HostnameError{Certificate: cert, Host: "api.example"}, "x509: certificate is not valid for api.example"},
		"wrong address":        {x509.HostnameError{Certificate: cert, Host: "127.0.0.1"}, "x509: certificate is not valid for 127.0.0.1"},
		"expired": {
			&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: cert, Reason: x509.Expired, Detail: secret}},
			"x509: certificate has expired or is not yet valid: valid from 1970-01-01T00:00:00Z to 2001-09-09T01:46:40Z",
		},
		"expired, unknown when": {x509.CertificateInvalidError{Reason: x509.Expired, Detail: secret}, "x509: certificate has expired or is not yet valid"},
		"invalid otherwise":     {x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign, Detail: secret}, "x509: certificate is invalid"},
		"no TLS":                {tls.RecordHeaderError{Msg: secret, RecordHeader: [5]byte{1}}, "tls: first record does not look like a TLS handshake"},
		"HTTP in place of TLS":  {tls.RecordHeaderError{Msg: secret, RecordHeader: [5]byte([]byte("HTTP/"))}, "http: server gave HTTP response to HTTPS client"},
		"told by net/http":      {fmt.Errorf("%s: %w", secret, http.ErrSchemeMismatch), "http: server gave HTTP response to HTTPS client"},
		"no roots":              {x509.SystemRootsError{Err: errors.New(secret)}, "x509: failed to load the system's CA certificates" + missingRoots(nil, errFixed)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, x.want, Text(x.err))
			require.Equal(t, x.want, Text(&url.Error{Op: "Post", URL: "https://api.example/" + secret, Err: x.err}), "in a URL's")
		})
	}
}

func TestText_UnknownAuthority(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	_, err := http.Get(srv.URL)
	require.Contains(t, Text(err), "x509: certificate signed by unknown authority")
	require.Empty(t, missingRoots(pool(srv.Certificate()), nil), "a system with certificates")
}

func pool(c *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c)
	return p
}

// The system's CA certificates are read once in a process, so a second one looks
// for them where there are none.
func TestText_SystemWithoutCACertificates(t *testing.T) {
	t.Parallel()
	if os.Getenv("SSL_CERT_FILE") == "/nonexistent" {
		fmt.Println(Text(x509.UnknownAuthorityError{}))
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestText_SystemWithoutCACertificates$")
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE=/nonexistent", "SSL_CERT_DIR=/nonexistent")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "x509: certificate signed by unknown authority; this system has no CA certificates: install them")
}
