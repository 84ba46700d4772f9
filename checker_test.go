package afterpay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestValidOrderCostsNoAllocation checks an order of ten items, with everything
// that shops send, without a single allocation.
func TestValidOrderCostsNoAllocation(t *testing.T) {
	address := Contact{Name: "Ann Lee", Line1: "1 Exämple Street", Area1: "Exampleton", Region: "NSW", Postcode: "2000", CountryCode: "AU"}
	order := CreateOrderRequest{
		Amount:    USD(210_00),
		Consumer:  Consumer{GivenNames: "Ann", Surname: "Lee", Email: "ann@example.com", PhoneNumber: "0400 000 000"},
		Billing:   address,
		Shipping:  address,
		Courier:   Courier{Name: "ExampleCourier", Priority: PriorityStandard},
		Discounts: []Discount{{DisplayName: "10% off", Amount: USD(2_00)}},
		Merchant:  Merchant{RedirectConfirmURL: "https://shop.example/ok", RedirectCancelURL: "https://shop.example/no"},
		TaxAmount: USD(1_85), ShippingAmount: USD(0), PurchaseCountry: "AU",
	}
	for range 10 {
		order.Items = append(order.Items, Item{Name: "Wídget", SKU: "SKU-1", Quantity: 1, Price: USD(20_00)})
	}
	for _, version := range []APIVersion{V2, V1} {
		require.Zero(t, testing.AllocsPerRun(100, func() {
			v := checker{version: version}
			order.validate(&v)
			v.refuseUnsupported(&order)
			if len(v.fields) != 0 {
				t.Errorf("unexpected faults: %v", v.fields)
			}
		}))
	}
}

// TestFaultPaths spells out paths of every depth.
func TestFaultPaths(t *testing.T) {
	t.Parallel()
	v := checker{version: V1}
	v.fault("top", "a")
	v.enterAt("items", 3)
	v.fault("", "b")
	v.enter("price")
	v.fault("amount", "c")
	v.leave()
	v.v2only("preorder", true)
	v.v2only("pageUrl", false)
	v.leave()
	v.fault("end", "d")
	require.Equal(t, []FieldError{
		{"top", "a"}, {"items[3]", "b"}, {"items[3].price.amount", "c"}, {"items[3].preorder", "is not supported by API v1"}, {"end", "d"},
	}, v.fields)
	require.True(t, v.unsupported)

	v2 := checker{version: V2}
	v2.v2only("preorder", true)
	require.Empty(t, v2.fields)
	require.False(t, v2.unsupported)
}
