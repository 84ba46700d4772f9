package afterpay_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// FuzzWebhookEvent reads anything as a notification.
func FuzzWebhookEvent(f *testing.F) {
	names, err := filepath.Glob("testdata/webhook_*.json")
	require.NoError(f, err)
	require.NotEmpty(f, names)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		`{}`, `[]`, `null`, `{"type":"grant.status.updated","grant":[]}`, `{"webhook_event_type":"updated"}`,
		`{"type":"on_file_grant.status.updated","data":{"id":7,"object":{"grant":{"status":null}}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := afterpay.ParseWebhookEvent(text)
		if err != nil {
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Nil(t, e)
			return
		}
		require.True(t, json.Valid(text))
		require.Equal(t, string(text), string(e.Raw))
		set := 0
		for _, is := range []bool{e.Dispute != nil && e.Dispute.ID != "", e.Grant != nil && e.Grant.ID != "", e.CashAppGrant != nil && e.CashAppGrant.ID != ""} {
			if is {
				set++
			}
		}
		require.LessOrEqual(t, set, 1)
		require.Equal(t, set == 1, e.Dispute != nil || e.Grant != nil || e.CashAppGrant != nil)
	})
}
