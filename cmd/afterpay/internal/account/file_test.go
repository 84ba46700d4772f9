//go:build unix

package account

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const twoProfiles = `{"profiles": {"default": {"merchantId": "32", "secretKey": "hidden"}, "uk": {"merchantId": "77", "secretKey": "hidden", "apiVersion": "v1"}}}`

func config(t *testing.T, content string, mode os.FileMode) (path string, getenv func(string) string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return path, func(name string) string {
		if name == EnvConfig {
			return path
		}
		return ""
	}
}

func TestFind_OnlyAPrivateFileIsRead(t *testing.T) {
	t.Parallel()
	for mode, private := range map[os.FileMode]bool{
		0o600: true, 0o400: true, 0o640: false, 0o620: false, 0o601: false, 0o644: false, 0o666: false,
	} {
		_, getenv := config(t, twoProfiles, mode)
		found, err := Find("uk", getenv)
		if !private {
			require.ErrorIs(t, err, ErrMode, "%04o", mode)
			continue
		}
		require.NoError(t, err, "%04o", mode)
		require.Equal(t, "77", found.MerchantID)
	}
}

// The mode of a link says nothing about the file behind it.
func TestFind_TheFileBehindALinkIsChecked(t *testing.T) {
	t.Parallel()
	path, _ := config(t, twoProfiles, 0o644)
	link := filepath.Join(t.TempDir(), "link.json")
	require.NoError(t, os.Symlink(path, link))
	_, err := Find("uk", func(name string) string { return map[string]string{EnvConfig: link}[name] })
	require.ErrorIs(t, err, ErrMode)
}

func TestFind_AnotherUsersFileIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path, getenv := config(t, twoProfiles, 0o600)
	require.NoError(t, os.Chown(path, 65534, -1))
	_, err := Find("uk", getenv)
	require.ErrorIs(t, err, ErrOwner)
}

func TestFind_ErrorsNeverQuoteTheFile(t *testing.T) {
	t.Parallel()
	for content, text := range map[string]string{
		`{"profiles": {"default": {"secretKey": hidden}}}`:                        "invalid JSON at byte",
		`{"profiles": {"default": {"secretKey": ["hidden"]}}}`:                    "secretKey must not be a JSON array",
		`{"profiles": {"default": {"secretKey": "hidden", "secret": "hidden"}}}`:  `unknown field "secret"`,
		`{"profiles": {"default": {"secretKey": "hidden`:                          "invalid JSON",
		`{"profiles": {"other": {"secretKey": "hidden"}, "uk": {"oauth": true}}}`: `there is no profile "default"; there are: other, uk`,
		``: "invalid JSON",
	} {
		path, getenv := config(t, content, 0o600)
		_, err := Find("", getenv)
		require.ErrorContains(t, err, text, content)
		require.ErrorContains(t, err, path)
		require.NotContains(t, err.Error(), "hidden", content)
	}
}
