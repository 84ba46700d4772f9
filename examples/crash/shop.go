package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/afterpay-go/afterpay"
)

// shop pays the refunds in its file. It may be killed at any moment and started
// again.
type shop struct {
	client *afterpay.Client
	file   string
	now    time.Time
}

// refund is a refund in the shop's file. The file is written when somebody decides
// on the refund, and again when Afterpay has responded.
type refund struct {
	Number    string // the shop's own
	PaymentID string
	Amount    afterpay.Money
	Decided   time.Time
	RefundID  string // Afterpay's; empty until the shop knows it
}

// memory is how long the shop relies on a request id. Afterpay remembers it for
// 24 hours from the first call, which came after the decision.
const memory = 23 * time.Hour

// work pays every refund whose outcome the shop does not know.
func (s *shop) work(ctx context.Context, out io.Writer) error {
	refunds, err := load(s.file)
	if err != nil {
		return err
	}
	for i := range refunds {
		r := &refunds[i]
		if r.RefundID != "" {
			continue
		}
		if r.RefundID, err = s.pay(ctx, r, out); err != nil {
			return err
		}
		if err := save(s.file, refunds); err != nil {
			return err
		}
	}
	return nil
}

// pay sends a refund that may have been sent before. If Afterpay may no longer
// recognize the repeat, it looks for the refund first.
func (s *shop) pay(ctx context.Context, r *refund, out io.Writer) (string, error) {
	if s.now.Sub(r.Decided) > memory {
		found, err := s.client.Refunds.Recover(ctx, r.PaymentID, r.Number)
		switch {
		case err == nil:
			fmt.Fprintf(out, "  shop: %s is old: looked for it and found it paid\n", r.Number)
			return found.ID, nil
		case !errors.Is(err, afterpay.ErrNotFound):
			return "", err
		}
		fmt.Fprintf(out, "  shop: %s is old: looked for it and did not find it\n", r.Number)
	}
	fmt.Fprintf(out, "  shop: sending %s\n", r.Number)
	paid, err := s.client.Refunds.Create(ctx, r.PaymentID, afterpay.RefundRequest{
		// The same in every process, without being stored.
		RequestID:         afterpay.RequestIDFor("refund", r.Number),
		MerchantReference: r.Number,
		Amount:            r.Amount,
	})
	if err != nil {
		return "", err
	}
	fmt.Fprintf(out, "  shop: %s is paid\n", r.Number)
	return paid.ID, nil
}

func load(file string) ([]refund, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var refunds []refund
	return refunds, json.Unmarshal(text, &refunds)
}

// save replaces the file in one step, so that a crash cannot leave half of it.
func save(file string, refunds []refund) error {
	text, err := json.MarshalIndent(refunds, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
