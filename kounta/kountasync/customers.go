package kountasync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

// shopperOf returns what is copied of a shopper: the name and the e-mail address
// if customers are chosen, and else nothing.
func (m *Mapping) shopperOf(p *afterpay.Payment) afterpay.Consumer {
	if m.Fields["consumers"] != "customers" {
		return afterpay.Consumer{}
	}
	c := p.OrderDetails.Consumer
	return afterpay.Consumer{GivenNames: c.GivenNames, Surname: c.Surname, Email: strings.TrimSpace(c.Email)}
}

// placeCustomer finds the shopper of an order among Kounta's customers by the
// e-mail address, or makes a customer. An order that is in Kounta already keeps
// the customer that it has. An address that Kounta refuses does not hold up the
// order.
func (s *Sync) placeCustomer(ctx context.Context, o *order) (time.Duration, error) {
	shopper := o.draft.Shopper
	if shopper.Email == "" {
		return 0, nil
	}
	c, err := s.store.customer(ctx, shopper.Email)
	if err != nil {
		return 0, err
	}
	if c.phase != phasePosted {
		wait, err := s.do(ctx, &once{
			row: row{"kounta_sync_customers", "email_hash", c.hash}, phase: c.phase, sent: c.sent, lookFirst: true,
			look: func(ctx context.Context) (int64, bool, error) { return s.till.customer(ctx, shopper.Email) },
			post: func(ctx context.Context) (int64, error) {
				return s.till.createCustomer(ctx, shopper, o.draft.SaleNumber)
			},
			posted: func(ctx context.Context, id int64) error {
				c.id = id
				return s.store.customerPosted(ctx, c.hash, id)
			},
		})
		if errors.Is(err, errPerson) {
			s.options.Logger.WarnContext(ctx, "kountasync: Kounta refuses a customer; the order is made without", "sale", o.draft.SaleNumber)
			return 0, nil
		}
		if err != nil || wait > 0 {
			return wait, err
		}
	}
	o.draft.customerID = c.id
	return 0, nil
}

// customer is a row of kounta_sync_customers. The address itself is not stored.
type customer struct {
	hash  string
	id    int64
	phase phase
	sent  time.Time
}

func (s *store) customer(ctx context.Context, email string) (*customer, error) {
	digest := sha256.Sum256([]byte(strings.ToLower(email)))
	c := customer{hash: hex.EncodeToString(digest[:])}
	_, err := s.conn.Exec(ctx, `INSERT INTO kounta_sync_customers (email_hash) VALUES ($1) ON CONFLICT (email_hash) DO NOTHING`, c.hash)
	if err != nil {
		return nil, err
	}
	var sent string
	err = s.conn.Query(ctx, `SELECT customer_id, phase, sent_at FROM kounta_sync_customers WHERE email_hash = $1`, []any{c.hash},
		func(scan func(...any) error) error { return scan(&c.id, &c.phase, &sent) })
	if err != nil {
		return nil, err
	}
	c.sent, err = parseTime(sent)
	return &c, err
}

func (s *store) customerPosted(ctx context.Context, hash string, id int64) error {
	_, err := s.conn.Exec(ctx, `UPDATE kounta_sync_customers SET phase = 'posted', customer_id = $2 WHERE email_hash = $1`, hash, id)
	return err
}
