package radial_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

type initialize = radial.InitializePaymentAuthorizationRequest

func TestEveryRestrictionIsChecked(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("ä", n) } // two bytes each
	for name, c := range map[string]struct {
		change func(*initialize)
		field  string
		says   string
	}{
		"request id of 41":       {func(r *initialize) { r.RequestID = long(41) }, "@requestId", "has 41 characters, more than 40"},
		"no order id":            {func(r *initialize) { r.OrderID = "" }, "OrderId", "is required"},
		"order id of 21":         {func(r *initialize) { r.OrderID = long(21) }, "OrderId", "has 21 characters, more than 20"},
		"no amount":              {func(r *initialize) { r.Amount = afterpay.Money{} }, "Amount", "is required"},
		"negative amount":        {func(r *initialize) { r.Amount = afterpay.USD(-1) }, "Amount", "must not be negative"},
		"amount of ten digits":   {func(r *initialize) { r.Amount = afterpay.USD(10_000_000_00) }, "Amount", "has more than 9 digits"},
		"currency in lower case": {func(r *initialize) { r.Amount.Currency = "usd" }, "Amount/@currencyCode", "must be three upper-case letters"},
		"no redirect":            {func(r *initialize) { r.RedirectURL = "" }, "RedirectUrl", "is required"},
		"redirect of 501":        {func(r *initialize) { r.RedirectURL = long(501) }, "RedirectUrl", "has 501 characters, more than 500"},
		"no cancel":              {func(r *initialize) { r.CancelURL = "" }, "CancelUrl", "is required"},
		"cancel of 501":          {func(r *initialize) { r.CancelURL = long(501) }, "CancelUrl", "has 501 characters, more than 500"},
		"no last name":           {func(r *initialize) { r.BillingInformation.ContactInformation.Person.Name.LastName = "" }, "BillingInformation/ContactInformation/Person/Name/LastName", "is required"},
		"no first name":          {func(r *initialize) { r.ShippingInformation.ContactInformation.Person.Name.FirstName = "" }, "ShippingInformation/ContactInformation/Person/Name/FirstName", "is required"},
		"unknown gender":         {func(r *initialize) { r.BillingInformation.ContactInformation.Person.Gender = "f" }, "BillingInformation/ContactInformation/Person/Gender", "must be one of male, female"},
		"impossible birthday":    {func(r *initialize) { r.BillingInformation.ContactInformation.Person.DateOfBirth = "2018-02-30" }, "BillingInformation/ContactInformation/Person/DateOfBirth", "must be a date such as 2018-05-03"},
		"no phone":               {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = "" }, "BillingInformation/ContactInformation/PrimaryPhoneNumber", "is required"},
		"phone without digits":   {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = "n/a" }, "BillingInformation/ContactInformation/PrimaryPhoneNumber", "holds no digit"},
		"phone of 5 digits":      {func(r *initialize) { r.BillingInformation.ContactInformation.PrimaryPhoneNumber = "+1 23-45" }, "BillingInformation/ContactInformation/PrimaryPhoneNumber", "has 5 characters, fewer than 6"},
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
		"no IP address":         {func(r *initialize) { r.OriginatorIPAddress = netip.Addr{} }, "OriginatorIpAddress", "is required"},
		"no goods total":        {func(r *initialize) { r.LineItems.LineItemsTotal = afterpay.Money{} }, "LineItems/LineItemsTotal", "is required"},
		"no shipping total":     {func(r *initialize) { r.LineItems.ShippingTotal = afterpay.Money{} }, "LineItems/ShippingTotal", "is required"},
		"no tax total":          {func(r *initialize) { r.LineItems.TaxTotal = afterpay.Money{} }, "LineItems/TaxTotal", "is required"},
		"no items":              {func(r *initialize) { r.LineItems.Items = nil }, "LineItems/LineItem", "is required"},
		"item without a name": {func(r *initialize) {
			r.LineItems.Items = append(r.LineItems.Items, radial.LineItem{Quantity: 1, UnitAmount: afterpay.USD(1)})
		}, "LineItems/LineItem[2]/Name", "is required"},
		"item without a quantity":  {func(r *initialize) { r.LineItems.Items[0].Quantity = 0 }, "LineItems/LineItem[1]/Quantity", "must be 1 or more"},
		"item with a negative one": {func(r *initialize) { r.LineItems.Items[0].Quantity = -3 }, "LineItems/LineItem[1]/Quantity", "must be 1 or more"},
		"item without a price":     {func(r *initialize) { r.LineItems.Items[0].UnitAmount = afterpay.Money{} }, "LineItems/LineItem[1]/UnitAmount", "is required"},
		"promotions without total": {func(r *initialize) { r.Promotions.Promotions = []radial.Promotion{{"Spring", afterpay.USD(1)}} }, "Promotions/PromotionsTotal", "is required"},
		"promotions without any":   {func(r *initialize) { r.Promotions.PromotionsTotal = afterpay.USD(0) }, "Promotions/Promotion", "is required"},
		"promotion without name": {func(r *initialize) {
			r.Promotions = radial.Promotions{afterpay.USD(1), []radial.Promotion{{"", afterpay.USD(1)}}}
		}, "Promotions/Promotion[1]/Name", "is required"},
		"negative promotion": {func(r *initialize) {
			r.Promotions = radial.Promotions{afterpay.USD(1), []radial.Promotion{{"Spring", afterpay.USD(-1)}}}
		}, "Promotions/Promotion[1]/Amount", "must not be negative"},
		"unknown POS method": {func(r *initialize) { r.POSMethod = "Telepathy" }, "POSMethod", "must be one of Affirm, AmexCheckout, ApplePay, VirtualWallet, VisaCheckout, Hosted, Mobile, Afterpay"},
		"correction of 31":   {func(r *initialize) { r.PaymentIDToBeCorrected = long(31) }, "PaymentIdToBeCorrected", "has 31 characters instead of 32"},
		"control character":  {func(r *initialize) { r.LineItems.Items[0].Name = "bag\x00" }, "LineItems/LineItem[1]/Name", "holds a character that XML cannot carry"},
		"broken UTF-8":       {func(r *initialize) { r.OrderID = "W\xff" }, "OrderId", "holds a character that XML cannot carry"},
		"noncharacter":       {func(r *initialize) { r.OrderID = "W\uffff" }, "OrderId", "holds a character that XML cannot carry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			req := minimalRequest()
			c.change(&req)
			_, err := client.InitializePaymentAuthorization(t.Context(), req)
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Equal(t, []radial.FieldError{{Field: c.field, Message: c.says}}, detail(t, err).Fields)
			require.Empty(t, server.Requests(""), "nothing is sent")
			require.Zero(t, detail(t, err).Attempts)
		})
	}
}

func TestValuesAtTheirLimitsAreFine(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("€", n) } // three bytes each
	client, _ := radialtest.NewClient(t)
	req := fullRequest()
	req.RequestID, req.OrderID = long(40), long(20)
	req.RedirectURL, req.CancelURL = long(500), long(1)
	req.BillingInformation.Address.Line1 = long(70)
	req.BillingInformation.Address.MainDivisionCode = long(10)
	req.BillingInformation.Address.PostalCode = long(3)
	req.ShippingInformation.Address.PostalCode = long(10)
	req.ShippingInformation.ContactInformation.PrimaryPhoneNumber = "123456"
	req.ShippingInformation.ContactInformation.AlternatePhoneNumber = "1234567890123456"
	req.ShippingInformation.ContactInformation.PrimaryEmailAddress = long(6)
	req.ShippingInformation.ContactInformation.AlternateEmailAddress = long(60)
	req.PaymentIDToBeCorrected = long(32)
	req.Amount = afterpay.USD(0)
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	_, err := client.InitializePaymentAuthorization(t.Context(), initialize{Amount: afterpay.USD(-5)})
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	var fields []string
	for _, f := range detail(t, err).Fields {
		fields = append(fields, f.Field)
	}
	require.Equal(t, []string{
		"OrderId", "Amount", "RedirectUrl", "CancelUrl",
		"BillingInformation/ContactInformation/Person/Name/LastName",
		"BillingInformation/ContactInformation/Person/Name/FirstName",
		"BillingInformation/ContactInformation/PrimaryPhoneNumber",
		"BillingInformation/ContactInformation/PrimaryEmailAddress",
		"BillingInformation/Address/Line1", "BillingInformation/Address/City",
		"BillingInformation/Address/CountryCode", "BillingInformation/Address/PostalCode",
		"ShippingInformation/ContactInformation/Person/Name/LastName",
		"ShippingInformation/ContactInformation/Person/Name/FirstName",
		"ShippingInformation/ContactInformation/PrimaryPhoneNumber",
		"ShippingInformation/ContactInformation/PrimaryEmailAddress",
		"OriginatorIpAddress",
		"LineItems/LineItemsTotal", "LineItems/ShippingTotal", "LineItems/TaxTotal", "LineItems/LineItem",
	}, fields)
	require.EqualError(t, err, "radial: InitializePaymentAuthorization: invalid request: "+describe(detail(t, err).Fields))
	require.Empty(t, server.Requests(""))
}

func describe(fields []radial.FieldError) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Field + " " + f.Message
	}
	return strings.Join(parts, "; ")
}

func TestNeighboursAreChecked(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t, radial.WithRequestIDs(func() string { return strings.Repeat("x", 41) }))
	ctx := t.Context()
	for name, c := range map[string]struct {
		call   func() error
		fields []string
	}{
		"configuration": {func() error { _, err := client.GetConfiguration(ctx); return err }, []string{"@requestId"}},
		"authorization": {func() error {
			_, err := client.GetPaymentAuthorization(ctx, radial.GetPaymentAuthorizationRequest{RequestID: "a", PaymentID: strings.Repeat("x", 65)})
			return err
		}, []string{"OrderId", "PaymentId"}},
		"funds": {func() error {
			_, err := client.ConfirmFunds(ctx, radial.ConfirmFundsRequest{SessionID: strings.Repeat("x", 41)})
			return err
		}, []string{"@requestId", "@sessionId", "PaymentContextBase/OrderId", "Amount"}},
		"settlement": {func() error {
			_, err := client.SettlePayment(ctx, radial.PaymentSettlementRequest{InvoiceID: strings.Repeat("x", 21), SettlementType: "Both"})
			return err
		}, []string{"PaymentContextBase/OrderId", "InvoiceId", "Amount", "TaxAmount", "SettlementType"}},
		"cancel": {func() error {
			return client.CancelPaymentAuthorization(ctx, radial.PaymentAuthCancelRequest{RequestID: "a", OrderID: "1", Amount: afterpay.USD(-1)})
		}, []string{"Amount"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.call()
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			var fields []string
			for _, f := range detail(t, err).Fields {
				fields = append(fields, f.Field)
			}
			require.Equal(t, c.fields, fields)
		})
	}
	require.Empty(t, server.Requests(""))
}

func TestWithoutValidationSendsAllButTheImpossible(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t, radial.WithoutValidation())
	req := minimalRequest()
	req.OrderID = strings.Repeat("7", 30)
	req.LineItems.Items = nil
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.ErrorIs(t, err, radial.ErrFault, "the service sees to it")
	require.Len(t, server.Requests(radialtest.Initialize), 1)

	req.Amount = afterpay.USD(-1)
	req.CancelURL = "\x01"
	_, err = client.InitializePaymentAuthorization(t.Context(), req)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.Equal(t, []radial.FieldError{
		{Field: "Amount", Message: "must not be negative"}, {Field: "CancelUrl", Message: "holds a character that XML cannot carry"},
	}, detail(t, err).Fields)
	require.Len(t, server.Requests(radialtest.Initialize), 1)
}
