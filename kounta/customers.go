package kounta

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
)

// CustomersService reads and writes customers.
type CustomersService service

// Customer is a person. Its LogValue shows the id alone.
type Customer struct {
	ID          int64  `json:"id,omitempty"` // given by Kounta
	FirstName   string `json:"first_name,omitempty"`
	LastName    string `json:"last_name,omitempty"`
	Email       string `json:"email,omitempty"`
	ReferenceID string `json:"reference_id,omitempty"` // seen by this add-on only, and not unique
}

func (c Customer) id() int64 { return c.ID }

// LogValue leaves out personal data.
func (c Customer) LogValue() slog.Value { return slog.Int64Value(c.ID) }

// Get reads a customer.
//
// Errors: ErrNotFound.
//
// GET /companies/{company}/customers/{id}.
func (s *CustomersService) Get(ctx context.Context, id int64) (*Customer, error) {
	const op = "customers.get"
	if id <= 0 {
		return nil, invalid(op, "id is missing")
	}
	var customer Customer
	if _, err := s.client.do(ctx, call{op: op, path: s.client.path("customers", id), out: &customer}); err != nil {
		return nil, err
	}
	if customer.ID != id {
		return nil, unreadable(op, "Kounta responded with another customer")
	}
	return &customer, nil
}

// ByEmail reads the customer with an e-mail address. Kounta responds with a
// redirect to the customer. What it responds for an unknown address is not
// documented: a 404 and an empty list are both ErrNotFound.
//
// Errors: ErrNotFound.
//
// GET /companies/{company}/customers?email=, then GET
// /companies/{company}/customers/{id}.
func (s *CustomersService) ByEmail(ctx context.Context, email string) (*Customer, error) {
	const op = "customers.by_email"
	if email == "" {
		return nil, invalid(op, "email is missing")
	}
	var list []Customer
	path := s.client.path("customers") + "?" + url.Values{"email": {email}}.Encode()
	header, err := s.client.do(ctx, call{op: op, path: path, out: &list})
	switch {
	case err == nil && len(list) == 0:
		return nil, &Error{Op: op, Kind: ErrNotFound}
	case err == nil:
		return nil, unreadable(op, "Kounta did not redirect to a customer")
	}
	if e, ok := errors.AsType[*Error](err); !ok || e.StatusCode != http.StatusFound {
		return nil, err
	}
	id := locationID(header)
	if id == 0 {
		return nil, &Error{Op: op, Kind: ErrUnavailable, StatusCode: http.StatusFound, Err: errNoLocation}
	}
	return s.Get(ctx, id)
}

// ByReference yields the customers with a reference id, which may be several.
// Iteration ends after the first error.
//
// GET /companies/{company}/customers?reference_id=.
func (s *CustomersService) ByReference(ctx context.Context, referenceID string) iter.Seq2[Customer, error] {
	const op = "customers.by_reference"
	if referenceID == "" { // would select every customer
		return func(yield func(Customer, error) bool) { yield(Customer{}, invalid(op, "referenceID is missing")) }
	}
	return pages[Customer](ctx, s.client, op, s.client.path("customers")+"?"+url.Values{"reference_id": {referenceID}}.Encode())
}

// Create makes a customer and returns its id, from the Location of the response.
//
// Errors: ErrInvalid, also before anything is sent; ErrOutcomeUnknown.
//
// POST /companies/{company}/customers.
func (s *CustomersService) Create(ctx context.Context, customer Customer) (int64, error) {
	const op = "customers.create"
	if customer.ID != 0 {
		return 0, invalid(op, "ID is given by Kounta")
	}
	return s.client.create(ctx, op, "customers", customer)
}
