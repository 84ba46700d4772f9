package afterpaytest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRequests_RecordsEveryAttempt(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, token := s.authorized()
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-1",`+tenUSD+`}`)
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-1",`+tenUSD+`}`)
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-2","amount":{"amount":999,"currency":"USD"}}`)
	s.sandbox.Fail(OpVoid, Reset())
	_, err := s.sandbox.RoundTrip(s.request(http.MethodPost, "/v2/payments/"+id+"/void", ""))
	require.Error(t, err)

	captures := s.sandbox.Requests(OpCapturePart)
	require.Len(t, captures, 3)
	require.Equal(t, "r-1", captures[1].RequestID)
	require.Equal(t, []int{1, 2, 1}, []int{captures[0].Attempt, captures[1].Attempt, captures[2].Attempt})
	require.Equal(t, []int{201, 201, 422}, []int{captures[0].Status, captures[1].Status, captures[2].Status})
	require.Equal(t, id, captures[0].PaymentID)
	require.Equal(t, "v2", captures[0].Version)
	require.Equal(t, "10.00", captures[0].Body["amount"].(map[string]any)["amount"])
	require.Equal(t, "application/json", captures[0].Header.Get("Content-Type"))

	require.Equal(t, token, s.sandbox.Requests(OpAuthorize)[0].Token)
	voids := s.sandbox.Requests(OpVoid)
	require.Len(t, voids, 1)
	require.Zero(t, voids[0].Status)
	require.Nil(t, voids[0].Body)
	require.Len(t, s.sandbox.Requests(""), 6)
}

func TestWithRequestHistory_BoundsRequests(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithRequestHistory(3))
	for i := range 20 {
		s.get("/ping")
		require.LessOrEqual(t, len(s.sandbox.Requests("")), 6)
		last := s.sandbox.Requests(OpPing)
		require.Equal(t, i+1, last[len(last)-1].Attempt, "attempts are still counted")
	}
}

func TestRequestID_ForgottenAfter24Hours(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		call string
		kind MovementKind
	}{{"capture", Captured}, {"void", Voided}} {
		t.Run(tc.call, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, _ := s.authorized()
			again := func() received {
				return s.post("/v2/payments/"+id+"/"+tc.call, `{"requestId":"r-1",`+tenUSD+`}`)
			}
			require.Equal(t, 201, again().status)
			s.sandbox.Advance(24*time.Hour - time.Second)
			require.Equal(t, 201, again().status)
			require.Equal(t, 1, s.moved(tc.kind))
			s.sandbox.Advance(time.Second)
			require.Equal(t, 201, again().status)
			require.Equal(t, 2, s.moved(tc.kind), "the id is forgotten: a second execution")
		})
	}
}

func TestRequestID_ReplayReturnsTheCurrentPayment(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	first := `{"requestId":"r-1",` + tenUSD + `}`
	require.Equal(t, "90.00", s.post("/v2/payments/"+id+"/capture", first).text("openToCaptureAmount.amount"))
	s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-2",`+tenUSD+`}`)
	require.Equal(t, "80.00", s.post("/v2/payments/"+id+"/capture", first).text("openToCaptureAmount.amount"))
	require.Equal(t, 2, s.moved(Captured))
}

func TestRequestID_WithoutOneARepeatIsASecondExecution(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	for range 2 {
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{`+tenUSD+`}`).status)
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/refund", `{"requestId":null,"amount":{"amount":"1.00","currency":"USD"}}`).status)
		require.Equal(t, 201, s.post("/v2/payments/"+id+"/void", `{"requestId":"",`+tenUSD+`}`).status)
	}
	require.Equal(t, 2, s.moved(Captured))
	require.Equal(t, 2, s.moved(Refunded))
	require.Equal(t, 2, s.moved(Voided))
}

func TestRequestID_RefusedRequestsAreNotRemembered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.authorized()
	s.refused(s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-1","amount":{"amount":"100.01","currency":"USD"}}`), 422, "invalid_amount")
	require.Equal(t, 201, s.post("/v2/payments/"+id+"/capture", `{"requestId":"r-1",`+tenUSD+`}`).status)
}
