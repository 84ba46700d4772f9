package afterpaytest

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWebhookSignatures holds signatures against one made with
// openssl dgst -sha256 -hmac.
func TestWebhookSignatures(t *testing.T) {
	t.Parallel()
	const body = `{"webhook_event_id":"evt_0001","webhook_event_type":"created","dispute_id":"dp_0001","merchant_reference":"100101481"}`
	header := SignWebhook("shared secret", "https://shop.example/afterpay/webhook", time.Unix(1700000000, 999), []byte(body))
	require.Equal(t, http.Header{
		"Content-Type":                 {"application/json"},
		"X-Afterpay-Request-Date":      {"1700000000"},
		"X-Afterpay-Request-Signature": {"lPQyy1lhcUORQrUMSpzsdLCkEzSW1Gt3OECb3rl6SS0="},
	}, header)

	req, err := WebhookRequest("shared secret", "https://shop.example/afterpay/webhook", time.Unix(1700000000, 0), []byte(body))
	require.NoError(t, err)
	require.Equal(t, http.MethodPost, req.Method)
	require.Equal(t, "https://shop.example/afterpay/webhook", req.URL.String())
	require.Equal(t, header, req.Header)
	sent, err := io.ReadAll(req.Body)
	require.NoError(t, err)
	require.Equal(t, body, string(sent))
	_, err = WebhookRequest("s", "://", time.Now(), nil)
	require.Error(t, err)
}

func TestDisputeWebhooks(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id, _ := s.disputed()
	notice := func() map[string]string {
		body, err := s.sandbox.DisputeWebhook(id)
		require.NoError(t, err)
		var members map[string]string
		require.NoError(t, json.Unmarshal(body, &members))
		return members
	}
	first := notice()
	require.NotEmpty(t, first["webhook_event_id"])
	require.Equal(t, map[string]string{
		"webhook_event_id": first["webhook_event_id"], "webhook_event_type": "created", "dispute_id": id, "merchant_reference": MerchantID,
	}, first)
	require.NoError(t, s.sandbox.WinDispute(id))
	second := notice()
	require.Equal(t, "updated", second["webhook_event_type"])
	require.NotEqual(t, first["webhook_event_id"], second["webhook_event_id"])
	_, err := s.sandbox.DisputeWebhook("dp_unknown")
	require.Error(t, err)
}
