package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/afterpay-go/afterpay"
)

const (
	callers   = 32
	perCaller = 100
)

// loopback reads a payment from 32 goroutines at once, from a server in a
// process of its own.
func loopback(ctx context.Context, s settings) error {
	for _, kind := range []string{"http", "h2"} {
		if err := loopbackOver(ctx, s, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func loopbackOver(ctx context.Context, s settings, kind string) error {
	// Each contender has a server of its own, which counts its connections: some
	// that net/http began to make arrive when the contender's turn is over.
	var at [2]served
	for i := range at {
		var stop func()
		var err error
		if at[i], stop, err = startServer(ctx, kind); err != nil {
			return err
		}
		defer stop()
	}
	rawClient, hc := at[0].client(), &http.Client{} // the package's own transport
	if kind == "h2" {
		hc = at[1].client()
	}
	asking := [2]*http.Client{at[0].client(), at[1].client()}
	client, err := afterpay.New("merchant", "secret", afterpay.WithBaseURL(at[1].URL), afterpay.WithHTTPClient(hc))
	if err != nil {
		return err
	}
	contenders := []contender{
		{"raw, naive", func() error {
			var out rawPayment
			return naive(ctx, rawClient, http.MethodGet, at[0].URL+"/v2/payments/100000000000", nil, &out)
		}},
		{"afterpay", func() error {
			_, err := client.Payments.Get(ctx, "100000000000")
			return err
		}},
	}
	taken := make([]latencies, len(contenders))
	for round := range s.rounds + 1 {
		for _, i := range rand.Perm(len(contenders)) {
			before, err := connectionsAt(ctx, asking[i], at[i].URL)
			if err != nil {
				return err
			}
			took, err := burst(contenders[i].do)
			if err != nil {
				return fmt.Errorf("%s: %w", contenders[i].name, err)
			}
			after, err := connectionsAt(ctx, asking[i], at[i].URL)
			if err != nil {
				return err
			}
			if round > 0 {
				taken[i].add(took, after-before)
			}
		}
	}
	title := map[string]string{"http": "HTTP/1.1", "h2": "HTTP/2 and TLS"}[kind]
	fmt.Printf("\nRead a payment over loopback, %s, %d callers, %d calls a round\n", title, callers, callers*perCaller)
	return printLatencies(contenders, taken)
}

// latencies are those of one contender.
type latencies struct {
	all, medians []time.Duration // of all calls; of each round
	connections  int
}

// add adds a round.
func (l *latencies) add(took []time.Duration, connections int) {
	slices.Sort(took)
	l.all = append(l.all, took...)
	l.medians = append(l.medians, took[len(took)/2])
	l.connections += connections
}

func printLatencies(contenders []contender, taken []latencies) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tp50\tratio\tp99\tnew connections\t")
	var base time.Duration
	for i, l := range taken {
		slices.Sort(l.medians)
		slices.Sort(l.all)
		p50, p99 := l.medians[len(l.medians)/2], l.all[len(l.all)*99/100]
		if i == 0 {
			base = p50
		}
		fmt.Fprintf(w, "%s\t%v\t%.2f\t%v\t%d\t\n", contenders[i].name, p50.Round(time.Microsecond), float64(p50)/float64(base), p99.Round(time.Microsecond), l.connections)
	}
	return w.Flush()
}

// burst calls from all callers at once and returns how long each call took.
func burst(do func() error) ([]time.Duration, error) {
	took := make([]time.Duration, callers*perCaller)
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range perCaller {
				start := time.Now()
				if err := do(); err != nil {
					errs[c] = err
					return
				}
				took[c*perCaller+i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}

// startServer runs this program as the server.
func startServer(ctx context.Context, kind string) (served, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return served{}, nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-serve", kind)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return served{}, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return served{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		return served{}, nil, err
	}
	stop := func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
	var at served
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		stop()
		return served{}, nil, err
	}
	return at, stop, nil
}

// client returns a client with a transport of net/http's own that trusts the
// server.
func (s served) client() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if s.Certificate != nil {
		cert, err := x509.ParseCertificate(s.Certificate)
		if err != nil {
			panic(err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(cert)
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: t}
}

// connectionsAt asks the server at a URL how many connections it has seen.
func connectionsAt(ctx context.Context, c *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/connections", nil)
	if err != nil {
		return 0, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}
