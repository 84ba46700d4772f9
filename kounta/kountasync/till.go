package kountasync

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
)

// till is what the sync needs of Kounta. Errors match errNotDone or errPerson
// where that is known.
type till interface {
	// ping reports whether Kounta responds.
	ping(ctx context.Context) error
	// list yields the orders that were made in Kounta from one time to another, as
	// lists show them: without payments, and perhaps without the sale number. A
	// zero to sets no bound. Others, of the same days, may be among them.
	list(ctx context.Context, from, to time.Time) iter.Seq2[*tillOrder, error]
	read(ctx context.Context, id int64) (*tillOrder, error)
	// create makes an order and returns its id.
	create(ctx context.Context, d *Draft, status string) (int64, error)
	pay(ctx context.Context, id int64, amount afterpay.Amount, ref string) error
	setStatus(ctx context.Context, id int64, status string) error
	// customer returns the customer with an e-mail address, if there is one.
	customer(ctx context.Context, email string) (id int64, found bool, err error)
	createCustomer(ctx context.Context, shopper afterpay.Consumer, referenceID string) (int64, error)
	// currency is the company's.
	currency() afterpay.Currency
}

// tillOrder is an order in Kounta.
type tillOrder struct {
	id         int64
	saleNumber string
	placed     time.Time
	total      afterpay.Amount
	status     string
	payments   []tillPayment
}

// tillPayment is a payment row of an order in Kounta.
type tillPayment struct {
	ref      string
	amount   afterpay.Amount
	afterpay bool // by the payment method of Afterpay
}

var (
	// errNotDone says that a request was certainly not carried out.
	errNotDone = errors.New("not carried out")
	// errPerson says that repeating a request is useless until a person acts.
	errPerson = errors.New("a person is needed")
)
