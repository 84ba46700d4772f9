package afterpaytest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOrder_StateFollowsTheMoney(t *testing.T) {
	t.Parallel()
	capture := func(amount string) [2]string {
		return [2]string{"capture", `{"amount":{"amount":"` + amount + `","currency":"USD"}}`}
	}
	void := func(amount string) [2]string {
		return [2]string{"void", `{"amount":{"amount":"` + amount + `","currency":"USD"}}`}
	}
	cases := []struct {
		name        string
		steps       [][2]string
		state, open string
		events      []string
	}{
		{"authorized", nil, "AUTH_APPROVED", "100.00", []string{"AUTH_APPROVED"}},
		{"partly captured", [][2]string{capture("40.00")}, "PARTIALLY_CAPTURED", "60.00", []string{"AUTH_APPROVED", "CAPTURED"}},
		{"captured in two parts", [][2]string{capture("40.00"), capture("60.00")}, "CAPTURED", "0.00", []string{"AUTH_APPROVED", "CAPTURED", "CAPTURED"}},
		{"partly voided", [][2]string{void("10.00")}, "AUTH_APPROVED", "90.00", []string{"AUTH_APPROVED", "VOIDED"}},
		{"voided", [][2]string{{"void", ""}}, "VOIDED", "0.00", []string{"AUTH_APPROVED", "VOIDED"}},
		{"captured and the rest voided", [][2]string{capture("40.00"), void("60.00")}, "CAPTURED", "0.00", []string{"AUTH_APPROVED", "CAPTURED", "VOIDED"}},
		{"captured and part of the rest voided", [][2]string{capture("40.00"), void("10.00")}, "PARTIALLY_CAPTURED", "50.00", []string{"AUTH_APPROVED", "CAPTURED", "VOIDED"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, _ := s.authorized()
			for _, step := range tc.steps {
				a := s.post("/v2/payments/"+id+"/"+step[0], step[1])
				require.Equal(t, 201, a.status, a.raw)
			}
			a := s.get("/v2/payments/" + id)
			require.Equal(t, "APPROVED", a.text("status"))
			require.Equal(t, tc.state, a.text("paymentState"))
			require.Equal(t, tc.open, a.text("openToCaptureAmount.amount"))
			var events []string
			for _, e := range a.at("events").([]any) {
				events = append(events, e.(map[string]any)["type"].(string))
			}
			require.Equal(t, tc.events, events)
		})
	}
}

func TestOrder_AuthorizationExpires(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		region   Region
		currency string
		life     time.Duration
	}{
		{US, "USD", 13 * 24 * time.Hour}, {AU, "AUD", 13 * 24 * time.Hour}, {GB, "GBP", 13 * 24 * time.Hour},
	} {
		t.Run(string(tc.region), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, WithRegion(tc.region))
			a := s.post("/v2/checkouts", `{"amount":{"amount":"100.00","currency":"`+tc.currency+`"},"consumer":{"email":"ann@example.com"},
				"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
			require.NoError(t, s.sandbox.Approve(a.text("token")))
			auth := s.post("/v2/payments/auth", `{"token":"`+a.text("token")+`"}`)
			id, ten := auth.text("id"), `{"amount":{"amount":"10.00","currency":"`+tc.currency+`"}}`
			made, err := time.Parse(time.RFC3339, auth.text("events.0.created"))
			require.NoError(t, err)
			require.Equal(t, timestamp(made.Add(tc.life)), auth.text("events.0.expires"))

			s.sandbox.Advance(tc.life - time.Second)
			require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", ten).status)
			s.sandbox.Advance(time.Second)
			s.refused(s.post("/v2/payments/"+id+"/capture", ten), 412, "payment_expired")
			s.refused(s.post("/v2/payments/"+id+"/void", ""), 412, "payment_expired")

			after := s.get("/v2/payments/" + id)
			require.Equal(t, "CAPTURED", after.text("paymentState"))
			require.Equal(t, "0.00", after.text("openToCaptureAmount.amount"))
			require.Equal(t, "EXPIRED", after.text("events.2.type"))
			require.Equal(t, "90.00", after.text("events.2.amount.amount"))
			require.Equal(t, "90.00", after.text("refunds.0.amount.amount"))
			last := s.sandbox.Ledger()[2]
			require.Equal(t, Expired, last.Kind)
			require.EqualValues(t, 90_00, last.Amount)
			require.WithinDuration(t, made.Add(tc.life), last.At, time.Millisecond, "it ran out at its own time, not when it was looked at")
		})
	}
}

func TestOrder_ExpiresAsVoided(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithAuthLife(time.Hour))
	id, _ := s.authorized()
	s.sandbox.Advance(time.Hour)
	require.Equal(t, "VOIDED", s.get("/v2/payments/"+id).text("paymentState"))
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"amount":{"amount":"1.00","currency":"USD"}}`), 412, "payment_expired")
}

func TestOrder_VoidsAreReadBackWithAnotherID(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, token := s.authorized()
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"c","amount":{"amount":"40.00","currency":"USD"}}`)
	s.post("/v2/payments/"+id+"/refund", `{"amount":{"amount":"5.00","currency":"USD"}}`)
	void := s.post("/v2/payments/"+id+"/void", `{"requestId":"v","amount":{"amount":"10.00","currency":"USD"}}`)

	require.Equal(t, "10.00", void.text("refunds.0.amount.amount"), "a void comes first")
	require.Equal(t, "5.00", void.text("refunds.1.amount.amount"))
	require.Regexp(t, `^\d+$`, void.text("refunds.0.refundId"))
	event := void.text("events.2.id")
	require.Regexp(t, `^[0-9A-Za-z]{27}$`, event)

	for _, path := range []string{id, "token:" + token} {
		got := s.get("/v2/payments/" + path)
		require.Equal(t, event, got.text("refunds.0.refundId"))
		require.Equal(t, void.text("refunds.1.refundId"), got.text("refunds.1.refundId"))
		require.NotEqual(t, void.text("refunds.0.refundedAt"), got.text("refunds.0.refundedAt"))
		require.NotEqual(t, void.text("events.2.created"), got.text("events.2.created"))
	}
}

func TestOrder_ModelsWriteGBAddressesDifferently(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithRegion(GB))
	token := s.approvedFrom(strings.Replace(minimalGB, `"merchant"`, `"purchaseCountry":"GB",
		"shipping":{"name":"Jane Citizen","line1":"1 Example Street","area2":"","postcode":"SW1A 1AA","countryCode":"GB"},"merchant"`, 1))
	written := s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	require.Equal(t, "SW1A1AA", written.text("orderDetails.shipping.postcode"))
	require.NotContains(t, written.at("orderDetails.shipping"), "area2")
	read := s.get("/v2/payments/" + written.text("id"))
	require.Equal(t, "SW1A 1AA", read.text("orderDetails.shipping.postcode"))
	require.Contains(t, read.at("orderDetails.shipping"), "area2")
	for _, a := range []received{written, read} {
		require.NotContains(t, a.at("orderDetails"), "purchaseCountry", "it is not echoed")
	}
}
