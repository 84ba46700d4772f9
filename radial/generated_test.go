package radial_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/radial"
	"github.com/afterpay-go/afterpay/radial/radialtest"
)

// generator makes valid requests at random, with the characters that encoders
// get wrong.
type generator struct{ *rand.Rand }

var awkward = []rune("aZ09 <>&\"'\t\n\r]-/\u00e9\u20ac\u2028\ufffd\U0001d11e")

func (g generator) text(least, most int) string {
	var b strings.Builder
	for range least + g.IntN(most-least+1) {
		b.WriteRune(awkward[g.IntN(len(awkward))])
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

func (g generator) money() afterpay.Money {
	most := []int64{1, 100, 10_000, 1_000_000_000}[g.IntN(4)]
	return afterpay.Money{Amount: afterpay.Amount(g.Int64N(most)), Currency: pick(g, afterpay.CurrencyAUD, afterpay.CurrencyCAD, afterpay.CurrencyUSD)}
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
	var ip [16]byte
	for i := range ip {
		ip[i] = byte(g.UintN(256))
	}
	req := radial.InitializePaymentAuthorizationRequest{
		RequestID: g.optional(1, 40), OrderID: g.text(1, 20), Amount: g.money(), RedirectURL: g.text(1, 500), CancelURL: g.text(1, 500),
		BillingInformation: g.party(), ShippingInformation: g.party(),
		OriginatorIPAddress: pick(g, netip.AddrFrom16(ip), netip.AddrFrom4([4]byte(ip[:4]))),
		LineItems:           radial.LineItems{LineItemsTotal: g.money(), ShippingTotal: g.money(), TaxTotal: g.money()},
		POSMethod:           pick(g, "", radial.POSMethodHosted), PaymentIDToBeCorrected: pick(g, "", g.text(32, 32)),
	}
	for range 1 + g.IntN(4) {
		req.LineItems.Items = append(req.LineItems.Items, radial.LineItem{
			Name: g.text(1, 40), SequenceNumber: g.optional(1, 4), SKU: g.optional(1, 20), Quantity: 1 + g.IntN(1e6), UnitAmount: g.money(),
		})
	}
	if g.IntN(2) == 0 {
		req.Promotions.PromotionsTotal = g.money()
		for range 1 + g.IntN(3) {
			req.Promotions.Promotions = append(req.Promotions.Promotions, radial.Promotion{Name: g.text(1, 40), Amount: g.money()})
		}
	}
	if g.IntN(4) == 0 {
		req.ShippingInformation.Address = radial.Address{}
	}
	return req
}

func TestGeneratedRequestsAreValidAndCarryTheirValues(t *testing.T) {
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

func FuzzInitializeReply(f *testing.F) {
	for _, file := range []string{
		"initialize_reply_success.xml", "initialize_reply_fail.xml", "initialize_reply_timeout.xml", "initialize_reply_extended.xml",
		"fault.xml", "fault_prefixed.xml", "fault_duplicate.xml", "gateway.html", "attack_entity_expansion.xml",
	} {
		f.Add(200, fixture(f, file))
		f.Add(503, fixture(f, file))
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 999 {
			return // net/http lets nothing else through
		}
		client, server := radialtest.NewClient(t, once)
		server.Next(radialtest.Initialize, radialtest.Document(status, body))
		reply, err := client.InitializePaymentAuthorization(t.Context(), minimalRequest())
		if err != nil {
			require.Nil(t, reply)
			e := detail(t, err)
			require.Equal(t, status, e.StatusCode)
			require.NotEmpty(t, e.Kind)
			require.LessOrEqual(t, len(e.Error()), 300, "no document in it")
			return
		}
		require.Less(t, status, 300)
		require.NotEmpty(t, reply.PaymentID)
		require.Equal(t, radial.ResponseSuccess, reply.ResponseCode)
		require.GreaterOrEqual(t, int64(reply.Amount.Amount), int64(0))
	})
}

func FuzzOrderID(f *testing.F) {
	f.Add("W-20931")
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
