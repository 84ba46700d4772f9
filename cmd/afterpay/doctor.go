package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/account"
)

// check is the result of one check of the doctor.
type check struct {
	name   string
	ok     bool
	detail string
	remedy string
}

func newDoctor(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, connection and account, and say how to fix them",
		Long: "Check credentials, API version, proxy, connection, TLS, clock, region and limits. Nothing is changed at Afterpay. " +
			"Exit status 1 if a check fails.",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := a.diagnose(cmd.Context())
			rows, err := a.rows("check", "ok", "detail", "remedy")
			if err != nil {
				return err
			}
			failed := false
			for _, c := range checks {
				failed = failed || !c.ok
				if err := rows.Write(c.name, c.ok, c.detail, c.remedy); err != nil {
					return err
				}
			}
			if err := rows.Close(); err != nil || !failed {
				return err
			}
			return &statusError{status: exitNo}
		},
	}
}

// diagnose runs the checks in order. It ends where the next ones make no sense.
func (a *app) diagnose(ctx context.Context) []check {
	found, err := account.Find(a.profile, a.getenv)
	if err != nil {
		return []check{{"credentials", false, err.Error(), "see afterpay --help"}}
	}
	seen := &sight{}
	client, err := found.Client(afterpay.WithHTTPClient(&http.Client{Transport: seen}), afterpay.WithRetry(afterpay.RetryPolicy{}))
	if err != nil {
		return []check{{"credentials", false, err.Error(), "see afterpay --help"}}
	}
	checks := []check{
		{"credentials", true, "from " + found.Source, ""},
		{"endpoint", true, found.Describe(), ""},
	}
	err = client.Ping(ctx)
	checks = append(checks, check{"proxy", true, seen.proxy(), ""})
	if err != nil {
		return append(checks, check{"connection", false, err.Error(), "check the network, the firewall and HTTPS_PROXY"})
	}
	checks = append(checks, check{"connection", true, "the service answers", ""}, seen.tls(), seen.clock())
	return append(checks, accountChecks(ctx, client)...)
}

// accountChecks asks what the account allows.
func accountChecks(ctx context.Context, client *afterpay.Client) []check {
	c, err := client.Configuration.Refresh(ctx)
	if err != nil {
		remedy := "repeat later, or quote the correlation id to Afterpay's support"
		if errors.Is(err, afterpay.ErrUnauthorized) {
			remedy = "check the merchant id and secret key; they belong to one region, and to production or sandbox"
		}
		return []check{{"account", false, err.Error(), remedy}}
	}
	country := "unknown"
	if more, err := client.Configuration.Refresh(ctx, afterpay.IncludeMerchantCountry); err == nil && more.MerchantCountry != "" {
		country = more.MerchantCountry
	} else if c.MaximumAmount.Currency != "" {
		country = "unknown, trading in " + string(c.MaximumAmount.Currency)
	}
	minimum := "none"
	if !c.MinimumAmount.IsZero() {
		minimum = c.MinimumAmount.String()
	}
	limits := check{"limits", c.MaximumAmount.IsPositive(), fmt.Sprintf("orders from %s to %s", minimum, c.MaximumAmount), ""}
	if !limits.ok {
		limits.remedy = "the account has no largest order: ask Afterpay whether it is active"
	}
	return []check{
		{"account", true, "the credentials are accepted", ""},
		{"region", true, country, ""},
		limits,
	}
}

// sight is a transport that remembers what the last response shows of the
// connection.
type sight struct {
	mu      sync.Mutex
	request *http.Request
	state   *tls.ConnectionState
	date    time.Time
	now     time.Time
}

// RoundTrip implements http.RoundTripper.
func (s *sight) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.request = r
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		s.state, s.now = res.TLS, time.Now()
		s.date, _ = http.ParseTime(res.Header.Get("Date"))
	}
	return res, err
}

func (s *sight) proxy() string {
	if s.request != nil {
		if proxy, err := http.ProxyFromEnvironment(s.request); err == nil && proxy != nil {
			return proxy.Host
		}
	}
	return "none"
}

func (s *sight) tls() check {
	if s.state == nil {
		return check{"tls", true, "none: the host is this machine", ""}
	}
	detail := tls.VersionName(s.state.Version)
	if len(s.state.PeerCertificates) > 0 {
		leaf := s.state.PeerCertificates[0]
		detail += ", certificate by " + strings.Join(leaf.Issuer.Organization, " ") + ", valid until " + leaf.NotAfter.Format(time.DateOnly)
	}
	return check{"tls", true, detail, ""}
}

// maxSkew is how far the clocks may differ before the dates of the lists that
// this machine asks for, and of the notifications it verifies, go wrong.
const maxSkew = time.Minute

func (s *sight) clock() check {
	if s.date.IsZero() {
		return check{"clock", true, "unknown: the response has no date", ""}
	}
	skew := s.now.Sub(s.date).Round(time.Second)
	if skew.Abs() > maxSkew {
		return check{"clock", false, fmt.Sprintf("differs from the service's by %s", skew), "set this machine's clock, with NTP as a rule"}
	}
	return check{"clock", true, "agrees with the service's within a minute", ""}
}
