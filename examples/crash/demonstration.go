package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// demonstrate runs the three crashes for each API version and checks that
// every refund was paid once.
func demonstrate(ctx context.Context, out io.Writer) error {
	for _, version := range []afterpay.APIVersion{afterpay.V1, afterpay.V2} {
		if err := crashes(ctx, version, out); err != nil {
			return err
		}
	}
	return nil
}

func crashes(ctx context.Context, version afterpay.APIVersion, out io.Writer) error {
	service, err := openService()
	if err != nil {
		return err
	}
	defer service.close()
	folder, err := os.MkdirTemp("", "crash")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	d := &demonstration{service: service, version: version, file: filepath.Join(folder, "refunds.json"), out: out}
	paymentID, err := d.sell(ctx)
	if err != nil {
		return err
	}
	for _, crash := range []struct {
		number string
		before bool // before the refund reached Afterpay
		pause  time.Duration
	}{
		{"refund-501", false, 0},
		{"refund-502", false, 25 * time.Hour},
		{"refund-503", true, 25 * time.Hour},
	} {
		if err := d.crash(ctx, paymentID, crash.number, crash.before, crash.pause); err != nil {
			return err
		}
	}
	return nil
}

// demonstration runs a shop and kills it.
type demonstration struct {
	service *service
	version afterpay.APIVersion
	file    string
	out     io.Writer
}

// sell makes an order of 100.00 and captures it.
func (d *demonstration) sell(ctx context.Context) (paymentID string, err error) {
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithBaseURL(d.service.url), afterpay.WithAPIVersion(d.version))
	if err != nil {
		return "", err
	}
	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(100_00),
		Consumer: afterpay.Consumer{GivenNames: "Joe", Surname: "Consumer", Email: "test@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
	})
	if err != nil {
		return "", err
	}
	if err := d.service.Approve(order.Token); err != nil {
		return "", err
	}
	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
	if err != nil {
		return "", err
	}
	return payment.ID, nil
}

// crash records a refund to pay, has the shop killed while it sends the refund,
// and starts the shop again after a pause.
func (d *demonstration) crash(ctx context.Context, paymentID, number string, before bool, pause time.Duration) error {
	fmt.Fprintf(d.out, "API v%d, %s of 10.00\n", d.version, number)
	decided := refund{Number: number, PaymentID: paymentID, Amount: afterpay.USD(10_00), Decided: d.service.Now()}
	if err := save(d.file, []refund{decided}); err != nil {
		return err
	}
	if err := d.runUntilKilled(ctx, before); err == nil {
		return fmt.Errorf("the shop was not killed during %s", number)
	}
	fmt.Fprintf(d.out, "  (the shop is killed before it can save anything; refunds of %s at Afterpay: %d)\n", number, d.paid(number))
	if pause > 0 {
		d.service.Advance(pause)
		fmt.Fprintf(d.out, "  (%v pass)\n", pause)
	}
	if err := d.shop(ctx).Run(); err != nil {
		return fmt.Errorf("the shop could not finish %s: %w", number, err)
	}
	refunds, err := load(d.file)
	if err != nil {
		return err
	}
	times := d.paid(number)
	fmt.Fprintf(d.out, "  refunds of %s at Afterpay: %d\n\n", number, times)
	if times != 1 || refunds[0].RefundID == "" {
		return fmt.Errorf("%s was paid %d times; the shop knows it as %q", number, times, refunds[0].RefundID)
	}
	return nil
}

// runUntilKilled runs the shop until it sends a refund.
func (d *demonstration) runUntilKilled(ctx context.Context, before bool) error {
	ctx, kill := context.WithCancel(ctx)
	defer kill()
	dead := make(chan struct{})
	defer close(dead)
	d.service.killCaller(func() {
		kill()
		<-dead
	}, before)
	return d.shop(ctx).Run()
}

// shop returns a command that runs this program as the shop and is killed with
// the context.
func (d *demonstration) shop(ctx context.Context) *exec.Cmd {
	program, err := os.Executable()
	cmd := exec.CommandContext(ctx, program,
		"-shop", d.service.url, "-api", strconv.Itoa(int(d.version)), "-file", d.file, "-now", d.service.Now().Format(time.RFC3339))
	cmd.Err = err // reported by Run
	cmd.Stdout, cmd.Stderr = d.out, d.out
	return cmd
}

// paid returns how many times the refund was paid.
func (d *demonstration) paid(number string) int {
	times := 0
	for _, m := range d.service.Ledger() {
		if m.Kind == afterpaytest.Refunded && m.RequestID == afterpay.RequestIDFor("refund", number) {
			times++
		}
	}
	return times
}
