package kounta_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestSitesAndPaymentMethods_AreListed(t *testing.T) {
	t.Parallel()
	c := connect(t, kountatest.New(kountatest.Options{}))
	for site, err := range c.Sites.All(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, kounta.Site{ID: kountatest.SiteID, Name: "Cafe"}, site)
	}
	var names []string
	for method, err := range c.PaymentMethods.All(t.Context()) {
		require.NoError(t, err)
		names = append(names, method.Name)
	}
	require.Equal(t, []string{"Cash", "Afterpay"}, names)
}
