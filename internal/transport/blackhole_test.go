//go:build unix

package transport

import (
	"net"
	"net/netip"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// blackHole is an address that takes no connection and refuses none: its queue
// of connections that wait to be accepted is full.
func blackHole(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	bound, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	at := bound.(*syscall.SockaddrInet4)
	address := netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port)).String()
	for range 100 {
		conn, err := net.DialTimeout("tcp", address, short)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	require.Fail(t, "the queue has no end")
	return ""
}

func TestBlackHoleFailsWithinTheConnectLimit(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		u := &url.URL{Scheme: scheme, Host: blackHole(t), Path: "/v2/payments"}
		begin := time.Now()
		res := overSockets(t, short, Policy{}).Do(t.Context(), postTo(u, Keyed, patience))
		requireTimeout(t, res, begin, Connecting, short, false)
	}
}
