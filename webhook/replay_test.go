package webhook_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/webhook"
)

func TestMemoryReplayGuard_ForgetsTheOldestHandledEvent(t *testing.T) {
	t.Parallel()
	m := webhook.NewMemoryReplayGuard(2)
	claim := func(id string) webhook.Claim {
		c, err := m.Claim(t.Context(), id)
		require.NoError(t, err)
		return c
	}
	finish := func(id string, handled bool) { require.NoError(t, m.Finish(t.Context(), id, handled)) }

	require.Equal(t, webhook.ClaimGranted, claim("held"))
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		require.Equal(t, webhook.ClaimGranted, claim(id))
		require.Equal(t, webhook.ClaimHeld, claim(id))
		finish(id, true)
		require.Equal(t, webhook.ClaimHandled, claim(id))
	}
	require.Equal(t, webhook.ClaimHeld, claim("held"), "what is being handled is not forgotten")
	require.Equal(t, webhook.ClaimHandled, claim("d"))
	require.Equal(t, webhook.ClaimHandled, claim("e"))
	require.Equal(t, webhook.ClaimGranted, claim("c"), "the oldest was forgotten")

	finish("c", false)
	require.Equal(t, webhook.ClaimGranted, claim("c"), "what failed can be claimed again")
	finish("e", false)
	require.Equal(t, webhook.ClaimHandled, claim("e"), "what was handled stays so")
	finish("never claimed", true)
	require.Equal(t, webhook.ClaimGranted, claim("never claimed"))
}
