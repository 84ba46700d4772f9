package kountasync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
)

// Account says how orders are written to a company in Kounta.
type Account struct {
	// SiteID is the site of new orders. Required.
	SiteID int64
	// ProductID is the product of the one line that a new order has, whose price
	// is the order's total. Required.
	ProductID int64
	// PaymentMethod is the name of Afterpay's payment method in Kounta;
	// "Afterpay" if it is empty.
	PaymentMethod string
}

// Company is a company in Kounta that can be written to.
type Company struct {
	account  Account
	client   *kounta.Client
	methodID int64
}

// Location is the zone of the company, for Options.Location.
func (c *Company) Location() *time.Location { return c.client.Company.Location }

// Connect reads the company's payment methods, and refuses an account that
// cannot be written to.
func Connect(ctx context.Context, client *kounta.Client, a Account) (*Company, error) {
	orDefault(&a.PaymentMethod, "Afterpay")
	if client == nil || a.SiteID == 0 || a.ProductID == 0 {
		return nil, errors.New("kountasync: a client of Kounta, SiteID and ProductID are required")
	}
	c := &Company{account: a, client: client}
	for m, err := range client.PaymentMethods.All(ctx) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(m.Name, a.PaymentMethod) {
			c.methodID = m.ID
		}
	}
	if c.methodID == 0 {
		return nil, fmt.Errorf("kountasync: Kounta has no payment method %q: add it in the back office", a.PaymentMethod)
	}
	return c, nil
}

// readError is tillError for a read. What is wrong with one is not the fault of the
// order for which it was made, so it is tried again, and no order is put aside.
func readError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errNotDone, err)
}

// tillError adds what the sync decides by to an error of package kounta.
func tillError(err error) error {
	switch {
	case err == nil || errors.Is(err, errNotDone) || errors.Is(err, kounta.ErrOutcomeUnknown):
		return err
	case errors.Is(err, kounta.ErrInvalid):
		return fmt.Errorf("%w: %w: %w", errNotDone, errPerson, err)
	}
	return fmt.Errorf("%w: %w", errNotDone, err)
}

func (c *Company) currency() afterpay.Currency { return c.client.Company.Currency }

func (c *Company) ping(ctx context.Context) error { return readError(c.client.Ping(ctx)) }

func (c *Company) list(ctx context.Context, from, to time.Time) iter.Seq2[*tillOrder, error] {
	return func(yield func(*tillOrder, error) bool) {
		for o, err := range c.client.Orders.All(ctx, kounta.OrderQuery{CreatedFrom: from, CreatedTo: to}) {
			if err != nil {
				yield(nil, readError(err))
				return
			}
			if !yield(c.order(o), nil) {
				return
			}
		}
	}
}

func (c *Company) read(ctx context.Context, id int64) (*tillOrder, error) {
	o, err := c.client.Orders.Get(ctx, id)
	if err != nil {
		return nil, readError(err)
	}
	return c.order(o), nil
}

func (c *Company) order(o *kounta.Order) *tillOrder {
	result := &tillOrder{id: o.ID, saleNumber: o.SaleNumber, placed: placed(o), total: o.Total.Amount, status: string(o.Status)}
	for _, p := range o.Payments {
		result.payments = append(result.payments, tillPayment{ref: p.Ref, amount: p.Amount.Amount, afterpay: p.Method.ID == c.methodID})
	}
	return result
}

func placed(o *kounta.Order) time.Time {
	if o.PlacedAt.IsZero() {
		return o.CreatedAt
	}
	return o.PlacedAt
}

func (c *Company) create(ctx context.Context, d *Draft, status string) (int64, error) {
	id, err := c.client.Orders.Create(ctx, kounta.NewOrder{
		Status: kounta.Status(status), SaleNumber: d.SaleNumber, SiteID: c.account.SiteID, PlacedAt: d.PlacedAt, Notes: d.Notes, CustomerID: d.customerID,
		Lines: []kounta.NewLine{{ProductID: c.account.ProductID, Quantity: 1, UnitPrice: d.Total}},
	})
	return id, tillError(err)
}

func (c *Company) customer(ctx context.Context, email string) (int64, bool, error) {
	found, err := c.client.Customers.ByEmail(ctx, email)
	if errors.Is(err, kounta.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, tillError(err)
	}
	return found.ID, true, nil
}

func (c *Company) createCustomer(ctx context.Context, shopper afterpay.Consumer, referenceID string) (int64, error) {
	id, err := c.client.Customers.Create(ctx, kounta.Customer{
		FirstName: shopper.GivenNames, LastName: shopper.Surname, Email: shopper.Email, ReferenceID: referenceID,
	})
	return id, tillError(err)
}

func (c *Company) pay(ctx context.Context, id int64, amount afterpay.Amount, ref string) error {
	payment := kounta.NewPayment{MethodID: c.methodID, Amount: afterpay.Money{Amount: amount, Currency: c.currency()}, Ref: ref}
	return tillError(c.client.Payments.Create(ctx, id, payment))
}

func (c *Company) setStatus(ctx context.Context, id int64, status string) error {
	return tillError(c.client.Orders.SetStatus(ctx, id, kounta.Status(status)))
}
