package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ErrMode says that others can read the config file.
var ErrMode = errors.New("others can read this file, which holds secret keys: run chmod 600 on it")

// ErrOwner says that the config file belongs to another user.
var ErrOwner = errors.New("this file belongs to another user, who can change it: write your own, or run chown on it")

// defaultProfile is the profile that is used if none is named.
const defaultProfile = "default"

type configFile struct {
	Profiles map[string]*Account `json:"profiles"`
}

// configPath returns the path of the config file.
func configPath(getenv func(string) string) (string, error) {
	if path := getenv(EnvConfig); path != "" {
		return path, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("%w (%w)", ErrNoCredentials, err)
	}
	return filepath.Join(dir, "afterpay", "config.json"), nil
}

// fromFile reads a profile. Errors never quote the content of the file.
func fromFile(path, profile string) (*Account, error) {
	content, err := readPrivate(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w %s", ErrNoCredentials, path)
	case err != nil:
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var file configFile
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, withoutContent(err))
	}
	if profile == "" {
		profile = defaultProfile
	}
	found := file.Profiles[profile]
	if found == nil {
		names := strings.Join(slices.Sorted(maps.Keys(file.Profiles)), ", ")
		return nil, fmt.Errorf("%s: there is no profile %q; there are: %s", path, profile, names)
	}
	found.Source = fmt.Sprintf("profile %q of %s", profile, path)
	return found, nil
}

// withoutContent keeps of a JSON error what cannot quote a secret.
func withoutContent(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType):
		return fmt.Errorf("field %s must not be a JSON %s", wrongType.Field, strings.Fields(wrongType.Value)[0])
	case errors.As(err, &syntax):
		return fmt.Errorf("invalid JSON at byte %d", syntax.Offset)
	case strings.HasPrefix(err.Error(), "json: unknown field"):
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return errors.New("invalid JSON")
}

// maxConfig bounds the size of a config file.
const maxConfig = 1 << 20

// readPrivate reads a file that only its owner can read. It checks the file that
// it has opened, so that the path cannot change in between.
func readPrivate(path string) (content []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// Windows has no modes of this kind.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s (mode %04o): %w", path, info.Mode().Perm(), ErrMode)
	}
	if !ownedByUser(info) {
		return nil, fmt.Errorf("%s: %w", path, ErrOwner)
	}
	return io.ReadAll(io.LimitReader(file, maxConfig))
}
