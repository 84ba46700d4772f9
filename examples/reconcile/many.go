package main

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/afterpay-go/afterpay"
)

// manyFaults are planted in turn, a hundred of them in all.
var manyFaults = []struct{ class, what string }{
	{"missing_at_afterpay", "orders whose payment never was"},
	{"missing_at_merchant", "payments whose order was lost"},
	{"amount_mismatch", "orders booked with a dollar too much"},
	{"unsettled", "payments that were never settled"},
	{"fee_mismatch", "settled with a fee ten cents too high"},
}

// manyBooks returns sources that are made as they are read, so that they take no
// memory.
func manyBooks(n int, location *time.Location) (*books, error) {
	m := &many{n: n, every: max(n/100, 2), begin: time.Date(2026, 11, 9, 9, 0, 0, 0, location)}
	counts := make([]int, len(manyFaults))
	for i := m.every / 2; i < n; i += m.every {
		counts[m.fault(i)]++
	}
	b := &books{
		orders:   func() io.Reader { return newGenerated(ordersHeader, n, m.order) },
		payments: m.payments,
		report:   func() io.Reader { return newGenerated(reportHeader, n, m.row) },
		disputes: func() iter.Seq2[*afterpay.Dispute, error] { return func(func(*afterpay.Dispute, error) bool) {} },
		location: location, now: m.begin.AddDate(0, 0, 14), progress: true,
	}
	for i, count := range counts {
		b.planted = append(b.planted, fmt.Sprintf("%s: %d %s", manyFaults[i].class, count, manyFaults[i].what))
	}
	var err error
	b.statement, err = bankStatement(b.report(), 0, location)
	return b, err
}

type many struct {
	n, every int
	begin    time.Time
}

// fault is what is wrong with order i, or -1.
func (m *many) fault(i int) int {
	if i%m.every != m.every/2 {
		return -1
	}
	return i / m.every % len(manyFaults)
}

func (m *many) has(i int, class string) bool {
	fault := m.fault(i)
	return fault >= 0 && manyFaults[fault].class == class
}

// at spreads the orders over four days, the same time of day never twice.
func (m *many) at(i int) time.Time {
	day, within := i%4, i/4
	return m.begin.AddDate(0, 0, day).Add(time.Duration(within) * (12 * time.Hour / time.Duration(m.n/4+1)))
}

func (m *many) amount(i int) afterpay.Amount { return afterpay.Amount(20_00 + i*7%400_00) }

func id(i int) string { return strconv.Itoa(100_100_000_000 + i) }

func (m *many) order(b []byte, i int) []byte {
	if m.has(i, "missing_at_merchant") {
		return b
	}
	o := order{kind: "order", status: "paid", id: id(i), reference: reference(i), at: m.at(i), money: afterpay.AUD(int64(m.amount(i)))}
	if i%3 == 0 {
		o.id = "" // known by its reference alone
	}
	if m.has(i, "amount_mismatch") {
		o.money.Amount += 1_00
	}
	return o.append(b)
}

func (m *many) payments() iter.Seq2[*afterpay.Payment, error] {
	return func(yield func(*afterpay.Payment, error) bool) {
		for i := range m.n {
			if m.has(i, "missing_at_afterpay") {
				continue
			}
			money, at := afterpay.Money{Amount: m.amount(i), Currency: afterpay.CurrencyAUD}, afterpay.Timestamp{Time: m.at(i).UTC()}
			p := &afterpay.Payment{
				ID: id(i), Status: afterpay.StatusApproved, State: afterpay.StateCaptured, Created: at,
				OriginalAmount: money, OpenToCaptureAmount: afterpay.AUD(0), MerchantReference: reference(i),
				Events: []afterpay.PaymentEvent{{Type: afterpay.EventCaptured, Created: at, Amount: money}},
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (m *many) row(b []byte, i int) []byte {
	if m.has(i, "missing_at_afterpay") || m.has(i, "unsettled") {
		return b
	}
	ordered := m.at(i)
	r := row{settled: m.begin.AddDate(0, 0, 5), ordered: ordered, id: id(i), reference: reference(i), amount: m.amount(i), fee: feeOn(m.amount(i))}
	if m.has(i, "fee_mismatch") {
		r.fee += 100_000
	}
	return r.append(b)
}
