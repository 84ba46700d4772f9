package transport

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// BaseURL parses the URL that the paths of a service are joined to: a scheme and a
// host, and possibly a path. The scheme must be https, or http to a loopback
// address. Errors do not repeat the URL, which may hold a password.
func BaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("base URL must be an absolute URL without user, query or fragment")
	}
	if strings.ContainsAny(u.Path, "{}") {
		return nil, errors.New("base URL must be without braces") // which stand for ids in paths
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, errors.New("base URL must be https, or http on the loopback interface")
	}
	return u, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
