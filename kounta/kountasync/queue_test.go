package kountasync

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

func TestService_StartedJobsWriteWhatIsPaid(t *testing.T) {
	t.Parallel()
	b := newBed(t, Options{})
	b.now = time.Now().UTC()
	service, err := newService(durablesqlite.New(openDB(t)), b.client, b, Options{Poll: 20 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, service.Migrate(t.Context()))
	p := b.capture("1", afterpay.AUD(10_00))
	require.NoError(t, service.Start(t.Context()))
	require.Eventually(t, func() bool {
		for pair, err := range service.Pairs(t.Context(), p.ID) {
			require.NoError(t, err)
			return pair.Phase == "posted"
		}
		return false
	}, 30*time.Second, 20*time.Millisecond)
	require.NoError(t, service.Stop(t.Context()))
	require.Len(t, b.rows("1"), 1)
}
