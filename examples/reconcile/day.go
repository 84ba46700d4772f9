package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/reconcile"
)

// shop sells through the sandbox and keeps its books.
type shop struct {
	sandbox   *afterpaytest.Sandbox
	client    *afterpay.Client
	location  *time.Location
	export    []order
	sold      int
	toDispute []string // ids of payments
	planted   []string
}

// sandboxBooks sells for a day, lets two weeks pass, and reads the books.
func sandboxBooks(ctx context.Context, location *time.Location) (*books, error) {
	monday := time.Date(2026, 11, 9, 9, 0, 0, 0, location)
	sandbox := afterpaytest.New(afterpaytest.WithRegion(afterpaytest.AU), afterpaytest.WithSeed(1), afterpaytest.WithClock(func() time.Time { return monday }))
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithHTTPClient(&http.Client{Transport: sandbox}),
		afterpay.WithRetry(afterpay.RetryPolicy{})) // so that an answer can get lost
	if err != nil {
		return nil, err
	}
	s := &shop{sandbox: sandbox, client: client, location: location}
	if err := s.day(ctx); err != nil {
		return nil, err
	}
	window := reconcile.Window{From: monday.AddDate(0, 0, -1), To: monday.AddDate(0, 0, 15)}
	listed := func() iter.Seq2[*afterpay.Payment, error] {
		return client.Payments.All(ctx, afterpay.PaymentQuery{FromCreated: window.From, ToCreated: window.To})
	}
	report, err := s.settle(ctx, listed())
	if err != nil {
		return nil, err
	}
	s.plant(reconcile.Unsettled, "ends with a negative balance, which is carried", &order{reference: chargebacks})
	s.plant(reconcile.AmountMismatch, "was deposited ten dollars short", &order{reference: settled})
	statement, err := bankStatement(bytes.NewReader(report), 10_00, location)
	if err != nil {
		return nil, err
	}
	export := []byte(ordersHeader)
	for i := range s.export {
		export = s.export[i].append(export)
	}
	return &books{
		orders:   func() io.Reader { return bytes.NewReader(export) },
		payments: listed,
		report:   func() io.Reader { return bytes.NewReader(report) },
		disputes: func() iter.Seq2[*afterpay.Dispute, error] {
			return client.Disputes.All(ctx, afterpay.DisputeQuery{})
		},
		statement: statement,
		location:  location, now: s.now(), window: window, planted: s.planted,
	}, nil
}

func (s *shop) now() time.Time { return s.sandbox.Now().In(s.location) }

func (s *shop) plant(class reconcile.Class, what string, last *order) {
	s.planted = append(s.planted, fmt.Sprintf("%s: %s, %s", class, last.reference, what))
}

// checkout makes an order, which the shopper approves, or declines, after a
// while.
func (s *shop) checkout(ctx context.Context, reference string, shopper func(token string) error) (token string, amount afterpay.Money, err error) {
	s.sold++
	amount = afterpay.AUD(int64(25_00 + s.sold*3_70))
	made, err := s.client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount: amount, Consumer: afterpay.Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com"},
		Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
		MerchantReference: reference,
	})
	if err != nil {
		return "", amount, err
	}
	s.sandbox.Advance(20 * time.Minute)
	return made.Token, amount, shopper(made.Token)
}

// sell captures an order at once and writes it down.
func (s *shop) sell(ctx context.Context) (*order, error) {
	ref := reference(s.sold + 1)
	token, amount, err := s.checkout(ctx, ref, s.sandbox.Approve)
	if err != nil {
		return nil, err
	}
	payment, err := s.client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	if err != nil {
		return nil, err
	}
	return s.note(order{kind: "order", status: "paid", id: payment.ID, reference: ref, at: s.now(), money: amount}), nil
}

// authorize does the same for an order that is captured when it is shipped.
func (s *shop) authorize(ctx context.Context) (*order, error) {
	ref := reference(s.sold + 1)
	token, amount, err := s.checkout(ctx, ref, s.sandbox.Approve)
	if err != nil {
		return nil, err
	}
	payment, err := s.client.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
	if err != nil {
		return nil, err
	}
	amount.Amount = 0 // nothing taken yet
	return s.note(order{kind: "order", status: "authorized", id: payment.ID, reference: ref, at: s.now(), money: amount}), nil
}

func (s *shop) note(o order) *order {
	s.export = append(s.export, o)
	return &s.export[len(s.export)-1]
}

// refund pays some of an order back, at Afterpay and in the shop's books as
// told.
func (s *shop) refund(ctx context.Context, o order, amount afterpay.Amount, atAfterpay, inBooks bool) error {
	back := order{kind: "refund", id: o.id, reference: o.reference, refund: "R-" + o.reference, at: s.now(), money: afterpay.Money{Amount: amount, Currency: o.money.Currency}}
	if atAfterpay {
		_, err := s.client.Refunds.Create(ctx, o.id, afterpay.RefundRequest{Amount: back.money, MerchantReference: back.refund})
		if err != nil {
			return err
		}
	}
	if inBooks {
		s.note(back)
	}
	return nil
}
