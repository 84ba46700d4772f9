// Package account finds the credentials of a merchant account, in the environment
// or in a file that only its owner can read, and makes a client of them.
package account

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// Account is a merchant account and how to reach it.
type Account struct {
	MerchantID  string `json:"merchantId"`
	SecretKey   string `json:"secretKey"`
	Environment string `json:"environment,omitempty"` // production, the default, or sandbox
	APIVersion  string `json:"apiVersion,omitempty"`  // v2, the default, or v1
	BaseURL     string `json:"baseUrl,omitempty"`     // another host
	OAuth       bool   `json:"oauth,omitempty"`       // access tokens in place of Basic authentication
	Database    string `json:"database,omitempty"`    // of package durable: a SQLite file or a postgres URL

	// Source says where the account was found, for people.
	Source string `json:"-"`
}

// LogValue hides the secrets.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Source) }

// String hides the secrets.
func (a Account) String() string { return a.Source }

// The environment variables.
const (
	EnvMerchantID  = "AFTERPAY_MERCHANT_ID"
	EnvSecretKey   = "AFTERPAY_SECRET_KEY"
	EnvEnvironment = "AFTERPAY_ENVIRONMENT"
	EnvAPIVersion  = "AFTERPAY_API_VERSION"
	EnvBaseURL     = "AFTERPAY_BASE_URL"
	EnvOAuth       = "AFTERPAY_OAUTH"
	EnvDatabase    = "AFTERPAY_DATABASE"
	EnvProfile     = "AFTERPAY_PROFILE"
	EnvConfig      = "AFTERPAY_CONFIG"
)

// ErrNoCredentials says that there are no credentials.
var ErrNoCredentials = errors.New("no credentials: set " + EnvMerchantID + " and " + EnvSecretKey + ", or write a config file")

// Find returns the account of a profile in the config file. Without a profile it
// returns the one in the environment or, failing that, the profile "default". A
// setting in the environment that a profile would not follow is an error.
func Find(profile string, getenv func(string) string) (*Account, error) {
	if profile == "" {
		profile = getenv(EnvProfile)
	}
	if profile == "" && getenv(EnvMerchantID)+getenv(EnvSecretKey) != "" {
		return fromEnvironment(getenv), nil
	}
	path, err := configPath(getenv)
	if err != nil {
		return nil, err
	}
	found, err := fromFile(path, profile)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{EnvEnvironment, EnvAPIVersion, EnvBaseURL, EnvOAuth} {
		if getenv(name) != "" {
			return nil, fmt.Errorf("%s is set and does not apply to %s: unset it, or write it into the profile", name, found.Source)
		}
	}
	return found, nil
}

func fromEnvironment(getenv func(string) string) *Account {
	return &Account{
		MerchantID: getenv(EnvMerchantID), SecretKey: getenv(EnvSecretKey),
		Environment: getenv(EnvEnvironment), APIVersion: getenv(EnvAPIVersion), BaseURL: getenv(EnvBaseURL),
		OAuth: getenv(EnvOAuth) != "", Database: getenv(EnvDatabase), Source: "environment variables",
	}
}

// Client returns a client of the account with further options.
func (a *Account) Client(opts ...afterpay.Option) (*afterpay.Client, error) {
	if a.MerchantID == "" || a.SecretKey == "" {
		return nil, fmt.Errorf("%s: the merchant id or the secret key is missing", a.Source)
	}
	own, err := a.options()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Source, err)
	}
	return afterpay.New(a.MerchantID, a.SecretKey, append(own, opts...)...)
}

func (a *Account) options() ([]afterpay.Option, error) {
	opts := []afterpay.Option{afterpay.WithUserAgent(afterpay.UserAgent{Module: "afterpay-cli/" + afterpay.Version})}
	switch strings.ToLower(a.Environment) {
	case "", "production":
	case "sandbox":
		opts = append(opts, afterpay.WithSandbox())
	default:
		return nil, fmt.Errorf("environment must be production or sandbox, not %q", a.Environment)
	}
	switch strings.ToLower(a.APIVersion) {
	case "", "v2":
	case "v1":
		opts = append(opts, afterpay.WithAPIVersion(afterpay.V1))
	default:
		return nil, fmt.Errorf("API version must be v1 or v2, not %q", a.APIVersion)
	}
	if a.BaseURL != "" {
		opts = append(opts, afterpay.WithBaseURL(a.BaseURL))
	}
	if a.OAuth {
		opts = append(opts, afterpay.WithOAuth())
	}
	return opts, nil
}

// Describe returns the environment and the API version in words.
func (a *Account) Describe() string {
	where, version := "production", "v2"
	if a.Environment != "" {
		where = strings.ToLower(a.Environment)
	}
	if a.BaseURL != "" {
		where = a.BaseURL
	}
	if a.APIVersion != "" {
		version = strings.ToLower(a.APIVersion)
	}
	return where + ", API " + version
}
