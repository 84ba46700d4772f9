package afterpay_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// wireBody is a recorded or documented body of testdata.
func wireBody(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(tb, err)
	return string(body)
}
