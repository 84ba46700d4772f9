package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun_HandlesOnlyTheFirstNotification(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, `sending a notification
  handled dispute.created: order order-1001, 48.46 USD, product_not_received, needs_response
sending the same again, as after a lost response
sending one recorded ten minutes ago
sending one about another dispute, with the signature of the first

a notification                                              200 OK
the same again, as after a lost response                    200 OK
one recorded ten minutes ago                                401 Unauthorized
one about another dispute, with the signature of the first  401 Unauthorized
`, out.String())
}
