package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/oauth2"

	"github.com/afterpay-go/afterpay/durable/durablepgx"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
	"github.com/afterpay-go/afterpay/kounta/kountasync"
	"github.com/afterpay-go/afterpay/reconcile"
)

const stopTimeout = time.Minute

// serve synchronises until ctx ends.
func serve(ctx context.Context, a *arguments) error {
	s, err := open(ctx, &a.config)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	failed := make(chan error, 1)
	if a.config.Listen != "" {
		server := &http.Server{Addr: a.config.Listen, Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
		go func() { failed <- server.ListenAndServe() }()
		defer func() { _ = server.Close() }()
	}
	slog.InfoContext(ctx, "kounta-sync runs", "pages", a.config.Listen)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return errors.Join(err, s.Stop(stopping))
}

// migrate writes past payments.
func migrate(ctx context.Context, a *arguments) error {
	s, err := open(ctx, &a.config)
	if err != nil {
		return err
	}
	defer s.close()
	from, to, err := a.days(s.zone)
	if err != nil {
		return err
	}
	if a.dryRun {
		report, err := s.DryRun(ctx, from, to)
		if err != nil {
			return err
		}
		return show(a.out, fmt.Sprintf("%d payments read, %d skipped.\nWould make %d orders, %d payments of %s and %d refunds of %s; %d rows are known already.\n",
			report.Payments, report.Skipped, report.Orders, report.Captures, report.Captured, report.Refunds, report.Refunded, report.Known))
	}
	var bar *progressbar.ProgressBar
	total := 0
	return s.History(ctx, from, to, func(left int) {
		if bar == nil {
			total = left
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(a.progress), progressbar.OptionSetDescription("orders"),
				progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond))
		}
		total = max(total, left)
		bar.ChangeMax(total)
		_ = bar.Set(total - left) // it only fails to draw
	})
}

func reconcileDays(ctx context.Context, a *arguments) error {
	s, err := open(ctx, &a.config)
	if err != nil {
		return err
	}
	defer s.close()
	from, to, err := a.days(s.zone)
	if err != nil {
		return err
	}
	summary, err := s.Reconcile(ctx, from, to, reconcile.NewTable(a.out, reconcile.Low))
	if err == nil && summary.ExitStatus(reconcile.Low) != reconcile.ExitClean {
		err = errFindings
	}
	return err
}

func list(ctx context.Context, a *arguments) error {
	s, err := open(ctx, &a.config)
	if err != nil {
		return err
	}
	defer s.close()
	out := json.NewEncoder(a.out)
	for pair, err := range s.Pairs(ctx, strings.Join(a.rest, " ")) {
		if err != nil {
			return err
		}
		if err := out.Encode(pair); err != nil {
			return err
		}
	}
	return nil
}

func failures(ctx context.Context, a *arguments) error {
	s, err := open(ctx, &a.config)
	if err != nil {
		return err
	}
	defer s.close()
	all, err := s.Failures(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(a.out)
	for _, f := range all {
		if err := out.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

func retry(ctx context.Context, a *arguments) error {
	if len(a.rest) != 1 {
		return errors.New("retry: one sale number is required")
	}
	s, err := open(ctx, &a.config)
	if err != nil {
		return err
	}
	defer s.close()
	found, err := s.Retry(ctx, a.rest[0])
	if err == nil && !found {
		err = fmt.Errorf("no order %q waits for a person", a.rest[0])
	}
	return err
}

// authorize asks for Kounta's permission and stores the token.
func authorize(ctx context.Context, a *arguments) error {
	key, err := secret("kounta.client_secret_env", a.config.Kounta.ClientSecretEnv)
	if err != nil {
		return err
	}
	c := oauthConfig(&a.config, key)
	state := rand.Text()
	err = show(a.out, fmt.Sprintf("Open this address and allow access:\n\n%s\n\nThen paste the address to which the browser is sent, or its code: ", c.AuthCodeURL(state)))
	if err != nil {
		return err
	}
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil {
		return err
	}
	code, err := codeOf(strings.TrimSpace(line), state)
	if err != nil {
		return err
	}
	// A redirect must not carry the secret to another host.
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	token, err := c.Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), code)
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok { // its text holds the response
		return fmt.Errorf("the code was refused by Kounta, with status %d", refusal.Response.StatusCode)
	}
	if err != nil {
		return err
	}
	if onPostgres(a.config.Database) {
		pool, err := pgxpool.New(ctx, a.config.Database)
		if err != nil {
			return err
		}
		defer pool.Close()
		return kountasync.StoreToken(ctx, durablepgx.New(pool), token)
	}
	db, err := durablesqlite.Open(a.config.Database)
	if err != nil {
		return err
	}
	return errors.Join(kountasync.StoreToken(ctx, durablesqlite.New(db), token), db.Close())
}

// codeOf returns the code from what the browser was sent to.
func codeOf(text, state string) (string, error) {
	if !strings.Contains(text, "code=") {
		return text, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New("the address is invalid")
	}
	if u.Query().Get("state") != state {
		return "", errors.New("the address belongs to another authorization: start again")
	}
	return u.Query().Get("code"), nil
}
