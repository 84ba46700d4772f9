package kountatest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/kounta/kountatest"
)

func TestDeliver_EventThatIsNotAcceptedIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	fake := kountatest.New(kountatest.Options{})
	status, received := 500, 0
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NotEmpty(t, r.Header.Get("X-Kounta-Signature"))
		received++
		w.WriteHeader(status)
	}))
	t.Cleanup(receiver.Close)
	for range 2 { // each webhook of a topic gets every event
		send(t, fake, "POST", company+"/webhooks", `{"topic":"orders/completed","format":"json","address":"`+receiver.URL+`"}`)
	}
	path := order(t, fake, "1")
	send(t, fake, "PUT", path, `{"status":"COMPLETE"}`)
	send(t, fake, "PUT", path, `{"status":"COMPLETE"}`) // changes nothing
	accepted, err := fake.Deliver(t.Context(), receiver.Client())
	require.Error(t, err)
	require.Zero(t, accepted)
	status = 200
	accepted, err = fake.Deliver(t.Context(), receiver.Client())
	require.NoError(t, err)
	require.Equal(t, 2, accepted)
	require.Equal(t, 4, received)
	accepted, err = fake.Deliver(t.Context(), receiver.Client())
	require.NoError(t, err)
	require.Zero(t, accepted)
}
