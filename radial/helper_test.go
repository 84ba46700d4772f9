package radial_test

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// minimalRequest holds what Afterpay requires and no more.
func minimalRequest() radial.InitializePaymentAuthorizationRequest {
	shopper := radial.ContactInformation{
		Person:              radial.Person{Name: radial.Name{LastName: "Ortega", FirstName: "Mia"}},
		PrimaryPhoneNumber:  "+1 (503) 555-0147",
		PrimaryEmailAddress: "mia.ortega@example.com",
	}
	return radial.InitializePaymentAuthorizationRequest{
		OrderID:     "W-20931",
		Amount:      afterpay.USD(64_95),
		RedirectURL: "https://shop.example/afterpay/return",
		CancelURL:   "https://shop.example/afterpay/cancel",
		BillingInformation: radial.PartyInformation{
			ContactInformation: shopper,
			Address:            radial.Address{Line1: "418 Alder Street", City: "Portland", CountryCode: "US", PostalCode: "97205"},
		},
		ShippingInformation: radial.PartyInformation{ContactInformation: shopper},
		OriginatorIPAddress: netip.MustParseAddr("203.0.113.24"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.USD(59_95),
			ShippingTotal:  afterpay.USD(5_00),
			TaxTotal:       afterpay.USD(0),
			Items:          []radial.LineItem{{Name: "Canvas bag", Quantity: 1, UnitAmount: afterpay.USD(59_95)}},
		},
	}
}

// fullRequest holds every element, the unused ones too.
func fullRequest() radial.InitializePaymentAuthorizationRequest {
	contact := radial.ContactInformation{
		Person: radial.Person{
			Name:        radial.Name{Salutation: "Dr", LastName: "Müller & Söhne", MiddleName: "K.", FirstName: "Zoë", Suffix: "Jr"},
			Gender:      radial.GenderFemale,
			DateOfBirth: "1987-11-30",
		},
		PrimaryPhoneNumber:    "416-555-0190",
		AlternatePhoneNumber:  "416 555 0191",
		PrimaryEmailAddress:   "zoe@example.org",
		AlternateEmailAddress: "office@example.org",
	}
	address := radial.Address{
		Line1: "77 Queen's Quay <West>", Line2: "Unit 5", Line3: "Rear", Line4: "Door \"B\"", BuildingName: "Pier House",
		PoBox: "1204", City: "Toronto", MainDivision: "Ontario", MainDivisionCode: "ON", CountryName: "Canada",
		CountryCode: "CA", PostalCode: "M5J 2N8",
	}
	party := radial.PartyInformation{ContactInformation: contact, Address: address}
	return radial.InitializePaymentAuthorizationRequest{
		RequestID:           "5f2f0d0e-8f0a-4a53-9a35-0c1f2e3d4b5a",
		OrderID:             "10000000000000000077",
		Amount:              afterpay.CAD(9_999_999_99),
		RedirectURL:         "shopapp://checkout?result=ok&order=77",
		CancelURL:           "shopapp://checkout?result=cancel&order=77",
		BillingInformation:  party,
		ShippingInformation: party,
		OriginatorIPAddress: netip.MustParseAddr("fe80::1ff:fe23:4567:890a%eth2"),
		LineItems: radial.LineItems{
			LineItemsTotal: afterpay.CAD(9_999_989_99),
			ShippingTotal:  afterpay.CAD(7_50),
			TaxTotal:       afterpay.CAD(2_50),
			Items: []radial.LineItem{
				{Name: "Kayak > 4 m", SequenceNumber: "1", SKU: "KY-400", Quantity: 2, UnitAmount: afterpay.CAD(4_999_000_00)},
				{Name: "Paddle\r\n(2 parts)", SequenceNumber: "2", SKU: "PD-2", Quantity: 19, UnitAmount: afterpay.CAD(105_21)},
			},
		},
		Promotions: radial.Promotions{
			PromotionsTotal: afterpay.CAD(10_00),
			Promotions: []radial.Promotion{
				{Name: "Spring", Amount: afterpay.CAD(7_00)},
				{Name: "Newsletter", Amount: afterpay.CAD(3_00)},
			},
		},
		POSMethod:              radial.POSMethodAfterpay,
		PaymentIDToBeCorrected: "000000000000000000000000042Tests",
	}
}

// authorization asks for the outcome of the first session of a server.
func authorization() radial.GetPaymentAuthorizationRequest {
	return radial.GetPaymentAuthorizationRequest{
		OrderID: "W-20931", PaymentID: "000000000000000000000000001Tests", Amount: afterpay.USD(64_95),
	}
}

// fixture reads a file of testdata.
func fixture(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(content)
}

// approve takes an order through the first three steps.
func approve(t *testing.T, client *radial.Client, server *radialtest.Server, orderID string) {
	t.Helper()
	req := minimalRequest()
	req.OrderID = orderID
	reply, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	require.True(t, server.Confirm(reply.PaymentID))
	_, err = client.GetPaymentAuthorization(t.Context(), radial.GetPaymentAuthorizationRequest{
		OrderID: orderID, PaymentID: reply.PaymentID, Amount: reply.Amount,
	})
	require.NoError(t, err)
}

// detail returns the *Error in err.
func detail(t testing.TB, err error) *radial.Error {
	t.Helper()
	var e *radial.Error
	require.ErrorAs(t, err, &e)
	return e
}

// generator makes valid requests at random, with characters that encoders get
// wrong.
type generator struct{ *rand.Rand }

var awkward = []rune("aZ09 <>&\"'\t\n\r]-/\u00e9\u20ac\u2028\ufffd\U0001d11e")

func (g generator) text(least, most int) string {
	var b strings.Builder
	for range least + g.IntN(most-least+1) {
		b.WriteRune(awkward[g.IntN(len(awkward))])
	}
	if strings.Trim(b.String(), " \t\r\n") == "" {
		return strings.Repeat("a", least) // white space alone is missing
	}
	return b.String()
}

// optional is empty in every second case.
func (g generator) optional(least, most int) string {
	if g.IntN(2) == 0 {
		return ""
	}
	return g.text(least, most)
}

func (g generator) digits(least, most int) string {
	var b strings.Builder
	for range least + g.IntN(most-least+1) {
		b.WriteByte(byte('0' + g.IntN(10)))
	}
	return b.String()
}

func (g generator) money(currency afterpay.Currency) afterpay.Money {
	most := []int64{1, 100, 10_000, 999_999_999}[g.IntN(4)]
	return afterpay.Money{Amount: afterpay.Amount(g.Int64N(most)), Currency: currency}
}

func pick[T any](g generator, values ...T) T { return values[g.IntN(len(values))] }

func (g generator) party() radial.PartyInformation {
	return radial.PartyInformation{
		ContactInformation: radial.ContactInformation{
			Person: radial.Person{
				Name: radial.Name{
					Salutation: g.optional(1, 9), LastName: g.text(1, 30), MiddleName: g.optional(1, 9), FirstName: g.text(1, 30), Suffix: g.optional(1, 9),
				},
				Gender:      pick(g, "", radial.GenderMale, radial.GenderFemale),
				DateOfBirth: pick(g, "", time.Unix(g.Int64N(1e9), 0).UTC().Format(time.DateOnly)),
			},
			PrimaryPhoneNumber: g.digits(6, 16), AlternatePhoneNumber: pick(g, "", g.digits(6, 16)),
			PrimaryEmailAddress: g.text(6, 60), AlternateEmailAddress: g.optional(6, 60),
		},
		Address: radial.Address{
			Line1: g.text(1, 70), Line2: g.optional(1, 70), Line3: g.optional(1, 70), Line4: g.optional(1, 70),
			BuildingName: g.optional(1, 30), PoBox: pick(g, "", g.digits(1, 9)), City: g.text(1, 30), MainDivision: g.optional(1, 30),
			MainDivisionCode: g.optional(1, 10), CountryName: g.optional(1, 30), CountryCode: pick(g, "AU", "US"), PostalCode: g.text(3, 10),
		},
	}
}

func (g generator) request() radial.InitializePaymentAuthorizationRequest {
	currency := pick(g, afterpay.CurrencyAUD, afterpay.CurrencyCAD, afterpay.CurrencyUSD)
	amount := g.money(currency)
	amount.Amount++
	var ip [16]byte
	for i := range ip {
		ip[i] = byte(g.UintN(256))
	}
	req := radial.InitializePaymentAuthorizationRequest{
		RequestID: g.optional(9, 40), OrderID: g.text(1, 20), Amount: amount, RedirectURL: g.text(1, 500), CancelURL: g.text(1, 500),
		BillingInformation: g.party(), ShippingInformation: g.party(),
		OriginatorIPAddress: pick(g, netip.AddrFrom16(ip), netip.AddrFrom4([4]byte(ip[:4]))),
		LineItems:           radial.LineItems{LineItemsTotal: g.money(currency), ShippingTotal: g.money(currency), TaxTotal: g.money(currency)},
		PaymentType:         pick(g, "", radial.PaymentTypeDebit, radial.PaymentTypePayment, radial.PaymentTypeUnknown),
		POSMethod:           pick(g, "", radial.POSMethodHosted), PaymentIDToBeCorrected: pick(g, "", g.text(32, 32)),
	}
	for range 1 + g.IntN(4) {
		req.LineItems.Items = append(req.LineItems.Items, radial.LineItem{
			Name: g.text(1, 40), SequenceNumber: g.optional(1, 4), SKU: g.optional(1, 20), Quantity: 1 + g.IntN(1e6), UnitAmount: g.money(currency),
		})
	}
	if g.IntN(2) == 0 {
		req.Promotions.PromotionsTotal = g.money(currency)
		for range 1 + g.IntN(3) {
			req.Promotions.Promotions = append(req.Promotions.Promotions, radial.Promotion{Name: g.text(1, 40), Amount: g.money(currency)})
		}
	}
	if g.IntN(4) == 0 {
		req.ShippingInformation.Address = radial.Address{}
	}
	return req
}

// xmllint runs xmllint, which is in Debian's libxml2-utils.
func xmllint(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("xmllint is missing, and nothing else checks the requests against the schema: install libxml2-utils")
		}
		t.Skip("xmllint is not installed")
	}
	combined, err := exec.CommandContext(t.Context(), path, append([]string{"--nonet"}, arguments...)...).CombinedOutput()
	return string(combined), err
}

// fieldNames returns the paths of the fields that err names.
func fieldNames(t testing.TB, err error) []string {
	t.Helper()
	var names []string
	for _, f := range detail(t, err).Fields {
		names = append(names, f.Field)
	}
	return names
}
