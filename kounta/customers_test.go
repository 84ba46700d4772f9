package kounta_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestCustomers_AreFoundByEmailAndReference(t *testing.T) {
	t.Parallel()
	c := connect(t, kountatest.New(kountatest.Options{}))
	ann := kounta.Customer{FirstName: "Ann", LastName: "Lee", Email: "ann@example.com", ReferenceID: "r"}
	id, err := c.Customers.Create(t.Context(), ann)
	require.NoError(t, err)
	second, err := c.Customers.Create(t.Context(), kounta.Customer{Email: "bob@example.com", ReferenceID: "r"})
	require.NoError(t, err)

	got, err := c.Customers.ByEmail(t.Context(), "ann@example.com")
	require.NoError(t, err)
	ann.ID = id
	require.Equal(t, &ann, got)
	_, err = c.Customers.ByEmail(t.Context(), "eve@example.com")
	require.ErrorIs(t, err, kounta.ErrNotFound)

	var ids []int64
	for customer, err := range c.Customers.ByReference(t.Context(), "r") {
		require.NoError(t, err)
		ids = append(ids, customer.ID)
	}
	require.Equal(t, []int64{id, second}, ids, "a reference is not unique")
	for _, err := range c.Customers.ByReference(t.Context(), "") {
		require.ErrorIs(t, err, kounta.ErrInvalid)
	}
}

func TestCustomers_ByEmailNeedsARedirectToACustomer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		header []string
		kind   kounta.Kind
	}{
		{404, ``, nil, kounta.ErrNotFound},
		{200, `[]`, nil, kounta.ErrNotFound},
		{200, `[{"id":5}]`, nil, kounta.ErrUnavailable}, // a list that is not filtered
		{200, `null`, nil, kounta.ErrUnavailable},
		{302, ``, nil, kounta.ErrUnavailable},
		{302, ``, []string{"Location", "/login"}, kounta.ErrUnavailable},
		{301, ``, []string{"Location", "/customers/5"}, kounta.ErrUnavailable},
	} {
		_, err := connect(t, answering(c.status, c.body, c.header...)).Customers.ByEmail(t.Context(), "ann@example.com")
		require.ErrorIs(t, err, c.kind, "%v", c)
	}
}

func TestCustomer_LogHoldsNoPersonalData(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "customer", kounta.Customer{ID: 5, Email: "ann@example.com"})
	require.Contains(t, b.String(), "customer=5")
	require.NotContains(t, b.String(), "ann")
}
