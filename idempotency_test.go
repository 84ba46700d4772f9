package afterpay_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// keyedCalls are the operations that carry a request id, with the one given.
func keyedCalls(requestID string) map[string]suitetest.Invoke {
	type ctx = context.Context
	type client = *afterpay.Client
	return map[string]suitetest.Invoke{
		"payments.authorize": func(ctx ctx, c client) (any, error) {
			return suitetest.Returned(c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: suitetest.Token, RequestID: requestID}))
		},
		"payments.capturePart": func(ctx ctx, c client) (any, error) {
			return suitetest.Returned(c.Payments.CapturePart(ctx, suitetest.PaymentID, afterpay.CapturePartRequest{RequestID: requestID, Amount: afterpay.AUD(10_00)}))
		},
		"payments.void": func(ctx ctx, c client) (any, error) {
			return suitetest.Returned(c.Payments.Void(ctx, suitetest.PaymentID, afterpay.VoidRequest{RequestID: requestID, All: true}))
		},
		"refunds.create": func(ctx ctx, c client) (any, error) {
			return suitetest.Returned(c.Refunds.Create(ctx, suitetest.PaymentID, afterpay.RefundRequest{RequestID: requestID, Amount: afterpay.AUD(10_00)}))
		},
	}
}

// sentIDs returns the request ids of what was received.
func sentIDs(t *testing.T, srv *recorder) []string {
	t.Helper()
	var ids []string
	for _, req := range srv.Requests() {
		var body struct {
			RequestID string `json:"requestId"`
		}
		require.NoError(t, json.Unmarshal([]byte(req.Body), &body))
		ids = append(ids, body.RequestID)
	}
	return ids
}

var threeTimes = afterpay.WithRetry(afterpay.RetryPolicy{MaxAttempts: 3, BaseDelay: 1, MaxDelay: 1})

// A call has one request id, made if the caller has none, which every attempt sends
// and an error holds. Attempts are the same to the byte.
func TestRequestID_IsTheSameForAllAttempts(t *testing.T) {
	t.Parallel()
	for requestID, want := range map[string][]string{"": {"made-x", "made-xx"}, "mine": {"mine", "mine"}} {
		calls := keyedCalls(requestID)
		for _, o := range suitetest.Operations() {
			if !o.Keyed {
				continue
			}
			t.Run(o.Name+" "+requestID, func(t *testing.T) {
				t.Parallel()
				call := calls[o.Name]
				srv := newRecorder(t, answer{Status: 503}, answer{Status: 409}, answer{Status: 201, Body: o.Succeeded}, answer{Status: 503})
				made := "made-"
				c := suitetest.NewClient(t, srv.URL, threeTimes, afterpay.WithRequestIDs(func() string {
					made += "x"
					return made
				}))
				_, err := call(t.Context(), c)
				require.NoError(t, err)
				_, err = call(t.Context(), c)
				require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown)
				require.Equal(t, want[1], suitetest.AsError(t, err).RequestID)
				require.Equal(t, []string{want[0], want[0], want[0], want[1], want[1], want[1]}, sentIDs(t, srv))
				require.Equal(t, srv.Requests()[0].Body, srv.Requests()[2].Body)
				require.Equal(t, requestID == "mine", made == "made-", "an id is made only where it is missing")
			})
		}
	}
}

func TestNewRequestID_IsARandomUUID(t *testing.T) {
	t.Parallel()
	srv := newRecorder(t, answer{Status: 503})
	_, err := keyedCalls("")["refunds.create"](t.Context(), suitetest.NewClient(t, srv.URL))
	ids := []string{suitetest.AsError(t, err).RequestID} // as made by default
	for range 1000 {
		ids = append(ids, afterpay.NewRequestID())
	}
	for _, id := range ids {
		u, err := uuid.Parse(id)
		require.NoError(t, err)
		require.Equal(t, uuid.Version(4), u.Version())
	}
	slices.Sort(ids)
	require.Len(t, slices.Compact(ids), 1001)
}

// These ids were computed by other means. Those of calls made before an upgrade must
// come out again.
func TestRequestIDFor_NeverChanges(t *testing.T) {
	t.Parallel()
	for want, parts := range map[string][]string{
		"8efc518c-9256-5a65-86a9-e8f7a3cae774": {"refund", "R-1001"},
		"57c34e8e-9259-52c7-9cd8-d96d33e48b85": {"refund", "R-1002"},
		"c0bc0f73-7983-5a93-afe0-e80c1be1cafe": {"ab", "c"},
		"a7fe230f-bf34-5d78-982e-35b5015b3dfa": {"a", "bc"},
		"02ce6229-6d61-5d10-9ca7-388810c16d91": {"abc"},
		"aaa35b95-8c03-5194-836f-978f27064a64": {},
		"69742c19-7819-5b57-b79c-aace38919725": {""},
		"f0634bf4-4755-5d40-8463-241fb67733ba": {"", ""},
		"1bcf4c19-4810-56db-a007-5130fda31999": {"Größe", "1"},
		"0211720c-90a6-5e62-b938-145b3f7b0fd5": {"R-1001", "refund"},
		"93474f7b-6d15-52d1-a77f-f45aa0b33680": {strings.Repeat("x", 300)},
	} {
		require.Equal(t, want, afterpay.RequestIDFor(parts...), "%q", parts)
		u, err := uuid.Parse(want)
		require.NoError(t, err)
		require.Equal(t, uuid.Version(5), u.Version())
	}
}
