package kounta_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/kounta"
	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestWebhooks_EventOfACompletedOrderIsSigned(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	c := connect(t, fake)
	var id int64
	received := 0
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "Bearer x", r.Header.Get("Authorization"))
		assert.NoError(t, kounta.VerifySignature(fake.SignatureToken(id), body, r.Header.Get(kounta.SignatureHeader)))
		assert.Contains(t, string(body), `"sale_number":"77"`)
		received++
	}))
	t.Cleanup(receiver.Close)
	id, err := c.Webhooks.Create(t.Context(), kounta.Webhook{Topic: kounta.TopicOrdersCompleted, Address: "https://old.example/"})
	require.NoError(t, err)
	require.NoError(t, c.Webhooks.Update(t.Context(), kounta.Webhook{
		ID: id, Address: receiver.URL, Headers: map[string]string{"Authorization": "Bearer x"}, Filter: map[string]any{"site_ids": []int64{kountatest.SiteID}},
	}))
	_, err = c.Webhooks.Create(t.Context(), kounta.Webhook{
		Topic: kounta.TopicOrdersCompleted, Address: receiver.URL, Filter: map[string]any{"site_ids": []int64{99}},
	})
	require.NoError(t, err)
	var topics []string
	for w, err := range c.Webhooks.All(t.Context()) {
		require.NoError(t, err)
		topics = append(topics, w.Topic)
	}
	require.Equal(t, []string{"orders/completed", "orders/completed"}, topics)

	order := sell(t, c, "77", afterpay.AUD(10_00))
	require.NoError(t, c.Orders.SetStatus(t.Context(), order, kounta.StatusComplete))
	accepted, err := fake.Deliver(t.Context(), receiver.Client())
	require.NoError(t, err)
	require.Equal(t, 1, accepted)
	require.Equal(t, 1, received)
}

func TestVerifySignature_OnlyTheTokenAndTheRawBodyAreAccepted(t *testing.T) {
	t.Parallel()
	// HMAC-SHA256 with the key "key", as in RFC 4231's style of examples.
	const body, signature = "The quick brown fox jumps over the lazy dog", "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
	require.NoError(t, kounta.VerifySignature("key", []byte(body), signature))
	for _, c := range []struct{ token, body, signature string }{
		{"other", body, signature}, {"key", body + "\n", signature}, {"key", body, ""}, {"key", body, signature[:62]}, {"key", body, "x" + signature[1:]},
		{"", body, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
		{"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}, // the right one for an empty token
	} {
		require.ErrorIs(t, kounta.VerifySignature(c.token, []byte(c.body), c.signature), kounta.ErrSignature, "%v", c)
	}
}
