package main

import (
	"context"
	"errors"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/reconcile"
)

// day sells from nine in the morning past midnight. Each step is an order, and
// most of them go wrong in a way of their own.
func (s *shop) day(ctx context.Context) error {
	steps := []func(context.Context) error{
		s.expired, s.disputed, s.lostPayment, s.lostOrder, s.paidTwice, s.wrongAmount, s.wrongCurrency,
		s.cancelled, s.declined, s.expiring, s.exportedTwice, s.replacedReference, s.refunds, s.midnight,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
		if _, err := s.sell(ctx); err != nil { // and one on which all agree
			return err
		}
	}
	s.sandbox.Advance(time.Date(2026, 11, 17, 10, 0, 0, 0, s.location).Sub(s.now()))
	if err := s.openDisputes(); err != nil {
		return err
	}
	s.sandbox.Advance(time.Date(2026, 11, 22, 10, 0, 0, 0, s.location).Sub(s.now()))
	return nil
}

// disputed has shoppers dispute two orders a week later.
func (s *shop) disputed(ctx context.Context) error {
	for _, dispute := range []struct {
		class reconcile.Class
		what  string
	}{
		{reconcile.DisputeOpen, "is disputed by the shopper"},
		{reconcile.DisputeLost, "was disputed, and lost"},
	} {
		o, err := s.sell(ctx)
		if err != nil {
			return err
		}
		s.plant(dispute.class, dispute.what, o)
		s.toDispute = append(s.toDispute, o.id)
	}
	return nil
}

// openDisputes opens the disputes, and has the shop lose the last one.
func (s *shop) openDisputes() error {
	var last string
	for _, id := range s.toDispute {
		var err error
		if last, err = s.sandbox.OpenDispute(id, string(afterpay.ReasonProductNotReceived), ""); err != nil {
			return err
		}
	}
	return s.sandbox.LoseDispute(last)
}

func (s *shop) expired(ctx context.Context) error {
	o, err := s.authorize(ctx)
	if err == nil {
		s.plant(reconcile.AuthExpired, "was not captured in time", o)
	}
	return err
}

func (s *shop) expiring(ctx context.Context) error {
	o, err := s.authorize(ctx)
	if err == nil {
		s.plant(reconcile.AuthExpiring, "is not captured yet", o)
	}
	return err
}

func (s *shop) lostPayment(context.Context) error {
	s.sold++
	o := s.note(order{kind: "order", status: "paid", reference: reference(s.sold), at: s.now(), money: afterpay.AUD(61_00)})
	s.plant(reconcile.MissingAtAfterpay, "was marked as paid by hand", o)
	return nil
}

// lostOrder takes the money and loses the answer; the shop does not look.
func (s *shop) lostOrder(ctx context.Context) error {
	ref := reference(s.sold + 1)
	token, _, err := s.checkout(ctx, ref, s.sandbox.Approve)
	if err != nil {
		return err
	}
	s.sandbox.Fail(afterpaytest.OpCapture, afterpaytest.Reset().AfterCommit())
	if _, err = s.client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token}); !errors.Is(err, afterpay.ErrOutcomeUnknown) {
		return errors.Join(errors.New("the answer was not lost"), err)
	}
	s.plant(reconcile.MissingAtMerchant, "was paid, and the answer was lost", &order{reference: ref})
	return nil
}

// paidTwice has a shopper pay in two tabs.
func (s *shop) paidTwice(ctx context.Context) error {
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	ref := o.reference
	token, _, err := s.checkout(ctx, ref, s.sandbox.Approve)
	if err != nil {
		return err
	}
	s.plant(reconcile.DuplicateCapture, "was paid in two tabs", o)
	_, err = s.client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	return err
}

func (s *shop) wrongAmount(ctx context.Context) error {
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	o.money.Amount += 5_00
	s.plant(reconcile.AmountMismatch, "was booked without its discount", o)
	return nil
}

func (s *shop) wrongCurrency(ctx context.Context) error {
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	o.money.Currency = afterpay.CurrencyNZD
	s.plant(reconcile.CurrencyMismatch, "was booked in another currency", o)
	return nil
}

func (s *shop) cancelled(ctx context.Context) error {
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	o.status = "cancelled"
	s.plant(reconcile.StatusMismatch, "was cancelled, and nobody refunded it", o)
	return nil
}

// declined is sold although Afterpay said no.
func (s *shop) declined(ctx context.Context) error {
	ref := reference(s.sold + 1)
	token, amount, err := s.checkout(ctx, ref, s.sandbox.Decline)
	if err != nil {
		return err
	}
	_, err = s.client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	if !errors.Is(err, afterpay.ErrDeclined) {
		return errors.Join(errors.New("the payment was not declined"), err)
	}
	o := s.note(order{kind: "order", status: "paid", reference: ref, at: s.now(), money: amount})
	s.plant(reconcile.StatusMismatch, "was shipped although it was declined", o)
	return nil
}

func (s *shop) exportedTwice(ctx context.Context) error {
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	s.plant(reconcile.DuplicateRow, "stands in the export twice", o)
	s.note(*o)
	return nil
}

// replacedReference is no fault: the id leads to the payment all the same.
func (s *shop) replacedReference(ctx context.Context) error {
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	_, err = s.client.Payments.UpdateReference(ctx, o.id, "INV-7001")
	return err
}

func (s *shop) refunds(ctx context.Context) error {
	for _, r := range []struct {
		class             reconcile.Class
		what              string
		atAfterpay, books bool
	}{
		{"", "", true, true},
		{reconcile.RefundMissingAfterpay, "was refunded in the books only", false, true},
		{reconcile.RefundMissingMerchant, "was refunded in the Business Hub", true, false},
	} {
		o, err := s.sell(ctx)
		if err != nil {
			return err
		}
		if r.class != "" {
			s.plant(r.class, r.what, o)
		}
		if err := s.refund(ctx, *o, 12_50, r.atAfterpay, r.books); err != nil {
			return err
		}
	}
	return nil
}

// midnight has the shop's clock a few seconds behind, at the wrong moment.
func (s *shop) midnight(ctx context.Context) error {
	now := s.now()
	before := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, s.location).Add(-20 * time.Minute)
	s.sandbox.Advance(before.Add(2 * time.Second).Sub(now))
	o, err := s.sell(ctx)
	if err != nil {
		return err
	}
	o.at = o.at.Add(-5 * time.Second)
	s.plant(reconcile.DayBoundary, "was paid at midnight", o)
	return nil
}
