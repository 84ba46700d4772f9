package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay/afterpaytest"
)

// notify sends notifications as Afterpay would, and two forged ones.
func notify(ctx context.Context, out io.Writer, sandbox *afterpaytest.Sandbox, dispute, address string) error {
	body, err := sandbox.DisputeWebhook(dispute)
	if err != nil {
		return err
	}
	old, err := sandbox.DisputeWebhook(dispute)
	if err != nil {
		return err
	}
	now := time.Now()
	forged := bytes.Replace(body, []byte(dispute), []byte("dp_another"), 1)
	var responses [][2]string
	for _, n := range []struct {
		what   string
		header http.Header
		body   []byte
	}{
		{"a notification", afterpaytest.SignWebhook(secret, address, now, body), body},
		{"the same again, as after a lost response", afterpaytest.SignWebhook(secret, address, now.Add(time.Second), body), body},
		{"one recorded ten minutes ago", afterpaytest.SignWebhook(secret, address, now.Add(-10*time.Minute), old), old},
		{"one about another dispute, with the signature of the first", afterpaytest.SignWebhook(secret, address, now, body), forged},
	} {
		fmt.Fprintln(out, "sending", n.what)
		status, err := post(ctx, address, n.header, n.body)
		if err != nil {
			return err
		}
		responses = append(responses, [2]string{n.what, status})
	}
	fmt.Fprintln(out)
	return table(out, responses)
}

func post(ctx context.Context, address string, header http.Header, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	return res.Status, res.Body.Close()
}
