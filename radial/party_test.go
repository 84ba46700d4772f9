package radial_test

import (
	"strings"
	"testing"

	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
	"github.com/stretchr/testify/require"
)

func TestParty_EveryRestrictionIsChecked(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("ä", n) } // two bytes each
	for name, c := range map[string]struct {
		change func(*initialize)
		field  string
		says   string
	}{
		"no last name":         {func(r *initialize) { r.BillingInformation.ContactInformation.Person.Name.LastName = "" }, "BillingInformation/ContactInformation/Person/Name/LastName", "is required"},
		"no first name":        {func(r *initialize) { r.ShippingInformation.ContactInformation.Person.Name.FirstName = "" }, "ShippingInformation/ContactInformation/Person/Name/FirstName", "is required"},
		"unknown gender":       {func(r *initialize) { r.BillingInformation.ContactInformation.Person.Gender = "f" }, "BillingInformation/ContactInformation/Person/Gender", "must be one of male, female"},
		"impossible birthday":  {func(r *initialize) { r.BillingInformation.ContactInformation.Person.DateOfBirth = "2018-02-30" }, "BillingInformation/ContactInformation/Person/DateOfBirth", "must be a date such as 2018-05-03"},
		"no phone":             {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = "" }, "BillingInformation/ContactInformation/PrimaryPhoneNumber", "is required"},
		"phone without digits": {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = "n/a" }, "BillingInformation/ContactInformation/PrimaryPhoneNumber", notOneNumber},
		"phone of 5 digits":    {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = "+1 23-45" }, "BillingInformation/ContactInformation/PrimaryPhoneNumber", "has 5 characters, fewer than 6"},
		"phone of 17 digits": {func(r *initialize) {
			r.ShippingInformation.ContactInformation.AlternatePhoneNumber = "12345678901234567"
		}, "ShippingInformation/ContactInformation/AlternatePhoneNumber", "has 17 characters, more than 16"},
		"no e-mail":        {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryEmailAddress = "" }, "BillingInformation/ContactInformation/PrimaryEmailAddress", "is required"},
		"e-mail of 5":      {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryEmailAddress = "a@b.c" }, "BillingInformation/ContactInformation/PrimaryEmailAddress", "has 5 characters, fewer than 6"},
		"e-mail of 61":     {func(r *initialize) { r.ShippingInformation.ContactInformation.AlternateEmailAddress = long(61) }, "ShippingInformation/ContactInformation/AlternateEmailAddress", "has 61 characters, more than 60"},
		"no street":        {func(r *initialize) { r.BillingInformation.Address.Line1 = "" }, "BillingInformation/Address/Line1", "is required"},
		"street of 71":     {func(r *initialize) { r.BillingInformation.Address.Line1 = long(71) }, "BillingInformation/Address/Line1", "has 71 characters, more than 70"},
		"box with letters": {func(r *initialize) { r.BillingInformation.Address.PoBox = "PO 7" }, "BillingInformation/Address/PoBox", "must be digits only"},
		"no city": {func(r *initialize) {
			r.ShippingInformation.Address = radial.Address{Line1: "1", CountryCode: "US", PostalCode: "97205"}
		}, "ShippingInformation/Address/City", "is required"},
		"state code of 11":      {func(r *initialize) { r.BillingInformation.Address.MainDivisionCode = long(11) }, "BillingInformation/Address/MainDivisionCode", "has 11 characters, more than 10"},
		"no country":            {func(r *initialize) { r.BillingInformation.Address.CountryCode = "" }, "BillingInformation/Address/CountryCode", "is required"},
		"country of 3":          {func(r *initialize) { r.BillingInformation.Address.CountryCode = "USA" }, "BillingInformation/Address/CountryCode", "must be two upper-case letters"},
		"country in lower case": {func(r *initialize) { r.BillingInformation.Address.CountryCode = "us" }, "BillingInformation/Address/CountryCode", "must be two upper-case letters"},
		"no postal code":        {func(r *initialize) { r.BillingInformation.Address.PostalCode = "" }, "BillingInformation/Address/PostalCode", "is required"},
		"postal code of 2":      {func(r *initialize) { r.BillingInformation.Address.PostalCode = "97" }, "BillingInformation/Address/PostalCode", "has 2 characters, fewer than 3"},
		"postal code of 11":     {func(r *initialize) { r.BillingInformation.Address.PostalCode = long(11) }, "BillingInformation/Address/PostalCode", "has 11 characters, more than 10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, c.change, c.field, c.says)
		})
	}
}

const notOneNumber = "must be one phone number without an extension: digits, spaces and +().-"

func TestParty_PhoneNumbersAreSentAsTheirDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2125550100": "2125550100", "+1 (212) 555-0100": "12125550100", "212.555.0100": "2125550100", " 212 555 0100 ": "2125550100",
		"212\u2011555\u20110100": "2125550100", "212\u00a0555\u00a00100": "2125550100", "(0)3 5555 0190": "0355550190",
		"+ 61 3 5555 0190": "61355550190", "(+61) 3 5555 0190": "61355550190",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			req := minimalRequest()
			req.BillingInformation.ContactInformation.PrimaryPhoneNumber = text
			req.ShippingInformation.ContactInformation.AlternatePhoneNumber = text
			_, err := client.InitializePaymentAuthorization(t.Context(), req)
			require.NoError(t, err)
			sent := server.Requests(radialtest.Initialize)[0]
			require.Equal(t, want, sent.Text("BillingInformation/ContactInformation/PrimaryPhoneNumber"))
			require.Equal(t, want, sent.Text("ShippingInformation/ContactInformation/AlternatePhoneNumber"))
		})
	}
}

func TestParty_PhoneNumbersThatAreNotOneNumberAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"212-555-0100 ext. 42", "212-555-0100 x42", "212-555-0100x42", "212-555-0100 #42", "212-555-0100,42", "212-555-0100;ext=42",
		"212-555-0100*42", "212-555-0100/0101", "212-555-0100 or 212-555-0101", "5550100\n5550101", "1-800-FLOWERS", "tel:+12125550100",
		"+44 (0)20 7946 0958", "+44 ( 0 ) 20 7946 0958", "0044(0)2079460958", "212-555-0100+1", "++12125550100", "\uff12\uff11\uff125550100",
		"\u0662125550100", "mia@example.com", "()", "+",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = text },
				"BillingInformation/ContactInformation/PrimaryPhoneNumber", notOneNumber)
			requireRefused(t, func(r *initialize) { r.ShippingInformation.ContactInformation.AlternatePhoneNumber = text },
				"ShippingInformation/ContactInformation/AlternatePhoneNumber", notOneNumber)
		})
	}
}
