package afterpaytest

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKSUID_SortsByTime(t *testing.T) {
	t.Parallel()
	ids := newIdentifiers([32]byte{})
	at := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	early, late := ids.ksuid(at), ids.ksuid(at.Add(time.Second))
	require.Regexp(t, `^[0-9A-Za-z]{27}$`, early)
	require.Less(t, early, late)

	var raw [20]byte
	_, err := hex.Decode(raw[:], []byte("0669f7ef"+"b5a1cd34b5f99d1154fb6853345c9735"))
	require.NoError(t, err)
	require.Equal(t, "0ujtsYcgvSTl8PAuAdqWYSMnLOv", encodeKSUID(raw), "the example of the format's authors")
}

func TestIdentifiers_FormOfEachRegion(t *testing.T) {
	t.Parallel()
	for region, want := range map[Region]struct{ token, id, portal string }{
		US: {`^002\.`, `^1001\d{8}$`, "https://portal.sandbox.afterpay.com/us/checkout/?token="},
		AU: {`^001\.`, `^3001\d{8}$`, "https://portal.sandbox.afterpay.com/au/checkout/?token="},
		NZ: {`^001\.`, `^3002\d{8}$`, "https://portal.sandbox.afterpay.com/nz/checkout/?token="},
		CA: {`^002\.`, `^1002\d{8}$`, "https://portal.sandbox.afterpay.com/ca/checkout/?token="},
		GB: {`^003\.`, `^4001\d{8}$`, "https://portal.sandbox.clearpay.co.uk/uk/checkout/?token="},
	} {
		s := newShop(t, WithRegion(region))
		a := s.post("/v2/checkouts", `{"amount":{"amount":"100.00","currency":"`+s.sandbox.profile.currency+`"},"consumer":{"email":"ann@example.com"},
			"merchant":{"redirectConfirmUrl":"https://shop.example/ok","redirectCancelUrl":"https://shop.example/no"}}`)
		token := a.text("token")
		require.Regexp(t, want.token, token)
		require.Equal(t, want.portal+token, a.text("redirectCheckoutUrl"))
		require.NoError(t, s.sandbox.Approve(token))
		require.Regexp(t, want.id, s.post("/v2/payments/capture", `{"token":"`+token+`"}`).text("id"))
	}
}

func TestWithSeed_RepeatsIDs(t *testing.T) {
	t.Parallel()
	require.Equal(t, newShop(t, WithSeed(7)).undecided(), newShop(t, WithSeed(7)).undecided())
	require.NotEqual(t, newShop(t).undecided(), newShop(t).undecided())
}
