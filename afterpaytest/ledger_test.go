package afterpaytest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLedger_ListsEveryMovement(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, token := s.authorized()
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"c","amount":{"amount":"40.00","currency":"USD"}}`)
	s.post("/v2/payments/"+id+"/void", `{"requestId":"v"}`)
	s.post("/v2/payments/"+id+"/refund", `{"requestId":"f","merchantReference":"m","amount":{"amount":"15.00","currency":"USD"}}`)
	ledger := s.sandbox.Ledger()
	for i := range ledger {
		require.WithinDuration(t, s.sandbox.Now(), ledger[i].At, time.Minute)
		ledger[i].At = time.Time{}
	}
	line := func(sequence int, kind MovementKind, request string, amount int64) Movement {
		return Movement{Sequence: sequence, Kind: kind, PaymentID: id, Token: token, RequestID: request, Amount: amount, Currency: "USD"}
	}
	require.Equal(t, []Movement{
		line(1, Authorized, "auth-"+token, 100_00), line(2, Captured, "c", 40_00), line(3, Voided, "v", 60_00), line(4, Refunded, "f", 15_00),
	}, ledger)
}
