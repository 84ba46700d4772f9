package radial_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

func TestInitializeReturnsTheSession(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]radial.InitializePaymentAuthorizationReply{
		"initialize_reply_success.xml": {
			OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.ResponseSuccess, ResponseCodeDescription: "Session opened",
			PaymentID: "770310041229570846620051839Qwert", Amount: afterpay.USD(64_95),
		},
		"initialize_reply_extended.xml": { // prefixes, blanks and unknown elements
			OrderID: "W-20931", TenderType: "AF", ResponseCode: radial.ResponseSuccess,
			PaymentID: "770310041229570846620051839Qwert", Amount: afterpay.USD(64_95),
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, fixture(t, file)))
			reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
			require.NoError(t, err)
			require.Equal(t, &want, reply)
		})
	}
}

func TestInitializeFailAndTimeoutAreErrors(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		kind    error
		code    string
		message string
		unknown bool
	}{
		"initialize_reply_fail.xml":    {radial.ErrFailed, "Fail", "Amount is above the limit for mia.ortega@example.com", false},
		"initialize_reply_timeout.xml": {radial.ErrProcessorTimeout, "Timeout", "", true},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, fixture(t, file)))
			req := minimalRequest()
			req.RequestID = "init-1"
			reply, err := client.InitializePaymentAuthorization(t.Context(), req)
			require.Nil(t, reply)
			require.ErrorIs(t, err, want.kind)
			require.Equal(t, want.unknown, errors.Is(err, afterpay.ErrOutcomeUnknown))
			e := detail(t, err)
			require.Equal(t, radialtest.Initialize, e.Op)
			require.Equal(t, 200, e.StatusCode)
			require.Equal(t, want.code, e.Code)
			require.Equal(t, want.message, e.Message)
			require.Equal(t, "init-1", e.RequestID)
			require.Equal(t, "W-20931", e.OrderID)
			require.False(t, e.MayRepeat, "a reply came, so the next request needs a new id")
			require.Equal(t, 1, e.Attempts, "a call that got a reply is not repeated")
		})
	}
}

func TestInitialize_RepliesWithoutRequiredElementsAreRefused(t *testing.T) {
	t.Parallel()
	good := fixture(t, "initialize_reply_success.xml")
	for name, c := range map[string]struct{ old, replacement, says string }{
		"no payment id":    {"<PaymentId>770310041229570846620051839Qwert</PaymentId>", "", "reply has no PaymentId"},
		"empty payment id": {"770310041229570846620051839Qwert", "", "reply has no PaymentId"},
		"no amount":        {"<Amount currencyCode=\"USD\">64.95 </Amount>", "", "reply has no Amount"},
		"unknown outcome":  {"<ResponseCode>Success", "<ResponseCode>Perhaps", "reply names no known outcome"},
		"other vocabulary": {"<ResponseCode>Success", "<ResponseCode>APPROVED", "reply names no known outcome"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, c.old)
			client, server := radialtest.NewClient(t)
			server.Next(radialtest.Initialize, radialtest.Document(200, strings.Replace(good, c.old, c.replacement, 1)))
			reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
			require.Nil(t, reply)
			require.ErrorIs(t, err, afterpay.ErrUnavailable)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestInitialize_SendsThePaymentType(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	for i, c := range []struct {
		set  radial.PaymentType
		sent string
	}{
		{"", "Payment"}, {radial.PaymentTypePayment, "Payment"}, {radial.PaymentTypeDebit, "Debit"}, {radial.PaymentTypeUnknown, "Unknown"},
	} {
		req := minimalRequest()
		req.PaymentType = c.set
		_, err := client.InitializePaymentAuthorization(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, c.sent, server.Requests(radialtest.Initialize)[i].Text("PaymentType"))
	}
}

func TestAddressesOfShoppersAreNormalised(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"203.0.113.24":                           "203.0.113.24",
		"::ffff:203.0.113.24":                    "203.0.113.24",
		"fe80::1%eth0":                           "fe80::1",
		"2001:db8:0:0:0:0:0:1":                   "2001:db8::1",
		"2001:db8:1111:2222:3333:4444:5555:6666": "2001:db8:1111:2222:3333:4444:5555:6666",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			client, server := radialtest.NewClient(t)
			req := minimalRequest()
			req.OriginatorIPAddress = netip.MustParseAddr(text)
			_, err := client.InitializePaymentAuthorization(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, want, server.Requests(radialtest.Initialize)[0].Text("OriginatorIpAddress"))
		})
	}
}

func TestRequestsAreNotChanged(t *testing.T) {
	t.Parallel()
	client, _ := radialtest.NewClient(t)
	req := fullRequest()
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, fullRequest(), req)
}

type initialize = radial.InitializePaymentAuthorizationRequest

func TestEveryRestrictionIsChecked(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("ä", n) } // two bytes each
	for name, c := range map[string]struct {
		change func(*initialize)
		field  string
		says   string
	}{
		"request id of 41":             {func(r *initialize) { r.RequestID = long(41) }, "@requestId", "has 41 characters, more than 40"},
		"no order id":                  {func(r *initialize) { r.OrderID = "" }, "OrderId", "is required"},
		"order id of 21":               {func(r *initialize) { r.OrderID = long(21) }, "OrderId", "has 21 characters, more than 20"},
		"no amount":                    {func(r *initialize) { r.Amount = afterpay.Money{} }, "Amount", "is required"},
		"negative amount":              {func(r *initialize) { r.Amount = afterpay.USD(-1) }, "Amount", "must not be negative"},
		"amount of ten digits":         {func(r *initialize) { r.Amount = afterpay.USD(10_000_000_00) }, "Amount", "has more than 9 digits"},
		"currency in lower case":       {func(r *initialize) { r.Amount.Currency = "usd" }, "Amount/@currencyCode", "must be three upper-case letters"},
		"amount of zero":               {func(r *initialize) { r.Amount = afterpay.USD(0) }, "Amount", "must be more than 0.00"},
		"unknown payment type":         {func(r *initialize) { r.PaymentType = "Credit" }, "PaymentType", "must be one of Debit, Payment, Unknown"},
		"white space":                  {func(r *initialize) { r.OrderID = " \t " }, "OrderId", "is required"},
		"goods in another currency":    {func(r *initialize) { r.LineItems.LineItemsTotal.Currency = "CAD" }, "LineItems/LineItemsTotal/@currencyCode", "must be USD, the currency of Amount"},
		"shipping in another currency": {func(r *initialize) { r.LineItems.ShippingTotal.Currency = "AUD" }, "LineItems/ShippingTotal/@currencyCode", "must be USD, the currency of Amount"},
		"tax in another currency":      {func(r *initialize) { r.LineItems.TaxTotal.Currency = "AUD" }, "LineItems/TaxTotal/@currencyCode", "must be USD, the currency of Amount"},
		"item in another currency": {func(r *initialize) {
			r.LineItems.Items = append(r.LineItems.Items, radial.LineItem{Name: "Strap", Quantity: 1, UnitAmount: afterpay.CAD(1)})
		}, "LineItems/LineItem[2]/UnitAmount/@currencyCode", "must be USD, the currency of Amount"},
		"promotion in another currency": {func(r *initialize) {
			r.Promotions = radial.Promotions{afterpay.USD(1), []radial.Promotion{{"Spring", afterpay.CAD(1)}}}
		}, "Promotions/Promotion[1]/Amount/@currencyCode", "must be USD, the currency of Amount"},
		"no redirect":       {func(r *initialize) { r.RedirectURL = "" }, "RedirectUrl", "is required"},
		"redirect of 501":   {func(r *initialize) { r.RedirectURL = long(501) }, "RedirectUrl", "has 501 characters, more than 500"},
		"no cancel":         {func(r *initialize) { r.CancelURL = "" }, "CancelUrl", "is required"},
		"cancel of 501":     {func(r *initialize) { r.CancelURL = long(501) }, "CancelUrl", "has 501 characters, more than 500"},
		"no IP address":     {func(r *initialize) { r.OriginatorIPAddress = netip.Addr{} }, "OriginatorIpAddress", "is required"},
		"no goods total":    {func(r *initialize) { r.LineItems.LineItemsTotal = afterpay.Money{} }, "LineItems/LineItemsTotal", "is required"},
		"no shipping total": {func(r *initialize) { r.LineItems.ShippingTotal = afterpay.Money{} }, "LineItems/ShippingTotal", "is required"},
		"no tax total":      {func(r *initialize) { r.LineItems.TaxTotal = afterpay.Money{} }, "LineItems/TaxTotal", "is required"},
		"no items":          {func(r *initialize) { r.LineItems.Items = nil }, "LineItems/LineItem", "is required"},
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
			requireRefused(t, c.change, c.field, c.says)
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
	req.Amount = afterpay.CAD(1)
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.NoError(t, err)
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	client, server := radialtest.NewClient(t)
	_, err := client.InitializePaymentAuthorization(t.Context(), initialize{Amount: afterpay.USD(-5)})
	require.ErrorIs(t, err, afterpay.ErrInvalid)
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
	}, fieldNames(t, err))
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

func TestSchemaRefusesWhatTheTableForbids(t *testing.T) {
	t.Parallel()
	minimal := fixture(t, "initialize_request_minimal.xml")
	for name, edit := range map[string][2]string{
		"missing element":        {"<PaymentType>Payment</PaymentType>", ""},
		"wrong order":            {"<Quantity>1</Quantity><UnitAmount currencyCode=\"USD\">59.95</UnitAmount>", "<UnitAmount currencyCode=\"USD\">59.95</UnitAmount><Quantity>1</Quantity>"},
		"unknown element":        {"<PaymentType>", "<Colour>red</Colour><PaymentType>"},
		"order id too long":      {"W-20931", "W-2093100000000000000"},
		"amount with a blank":    {"59.95", "59.95 "},
		"amount without decimal": {"59.95", "59"},
		"amount of ten digits":   {"59.95", "12345678.90"},
		"negative amount":        {"59.95", "-59.95"},
		"no currency":            {" currencyCode=\"USD\"", ""},
		"phone with a sign":      {"15035550147", "+15035550147"},
		"no namespace":           {" xmlns=\"http://api.gsicommerce.com/schema/checkout/1.0\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, minimal, edit[0])
			file := filepath.Join(t.TempDir(), "request.xml")
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(minimal, edit[0], edit[1], 1)), 0o600))
			output, err := xmllint(t, "--noout", "--schema", "testdata/radial.xsd", file)
			require.Error(t, err, output)
		})
	}
}

// requireRefused requires that a change makes the minimal request invalid in one
// field and that nothing is sent.
func requireRefused(t *testing.T, change func(*initialize), field, says string) {
	t.Helper()
	client, server := radialtest.NewClient(t)
	req := minimalRequest()
	change(&req)
	_, err := client.InitializePaymentAuthorization(t.Context(), req)
	require.ErrorIs(t, err, afterpay.ErrInvalid)
	require.Equal(t, []radial.FieldError{{Field: field, Message: says}}, detail(t, err).Fields)
	require.Empty(t, server.Requests(""))
	require.Zero(t, detail(t, err).Attempts)
}

func TestInitialize_GeneratedRequestsAreValidAndCarryTheirValues(t *testing.T) {
	t.Parallel()
	g := generator{rand.New(rand.NewPCG(8, 1914))}
	client, server := radialtest.NewClient(t)
	directory := t.TempDir()
	var files []string
	for i := range 200 {
		req := g.request()
		_, err := client.InitializePaymentAuthorization(t.Context(), req)
		require.NoError(t, err, "%+v", req)
		sent := server.Requests(radialtest.Initialize)[i]
		require.Equal(t, req.RequestID, sent.RequestID)
		for path, want := range map[string]string{
			"OrderId":                                req.OrderID,
			"Amount":                                 req.Amount.Amount.String(),
			"RedirectUrl":                            req.RedirectURL,
			"CancelUrl":                              req.CancelURL,
			"LineItems/LineItem/Name":                req.LineItems.Items[0].Name,
			"LineItems/LineItem/Quantity":            strconv.Itoa(req.LineItems.Items[0].Quantity),
			"BillingInformation/Address/Line2":       req.BillingInformation.Address.Line2,
			"ShippingInformation/Address/PostalCode": req.ShippingInformation.Address.PostalCode,
			"ShippingInformation/ContactInformation/AlternateEmailAddress": req.ShippingInformation.ContactInformation.AlternateEmailAddress,
			"BillingInformation/ContactInformation/Person/Name/Salutation": req.BillingInformation.ContactInformation.Person.Name.Salutation,
		} {
			require.Equal(t, want, sent.Text(path), path)
		}
		files = append(files, filepath.Join(directory, fmt.Sprintf("%03d.xml", i)))
		require.NoError(t, os.WriteFile(files[i], sent.Body, 0o600))
	}
	output, err := xmllint(t, append([]string{"--noout", "--schema", "testdata/radial.xsd"}, files...)...)
	require.NoError(t, err, output)
}

func FuzzOrderID(f *testing.F) {
	f.Add("W-20931")
	f.Add(" ")
	f.Add("a&b<c>\"\r\n\t")
	f.Add("\x00\xff\ufffe")
	f.Fuzz(func(t *testing.T, id string) {
		client, server := radialtest.NewClient(t, radial.WithoutValidation())
		req := minimalRequest()
		req.OrderID, req.RequestID = id, id
		_, err := client.InitializePaymentAuthorization(t.Context(), req)
		sent := server.Requests(radialtest.Initialize)
		if len(sent) == 0 {
			require.ErrorIs(t, err, afterpay.ErrInvalid, "it was refused here")
			return
		}
		require.Equal(t, id, sent[0].Text("OrderId"))
		require.Equal(t, id, sent[0].RequestID)
	})
}
