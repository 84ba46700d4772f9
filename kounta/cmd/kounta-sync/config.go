package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/afterpay-go/afterpay"
)

//go:embed config.yaml
var exampleConfig string

// config is the configuration file.
type config struct {
	Database string `yaml:"database"`
	Listen   string `yaml:"listen"`
	Afterpay struct {
		Environment  string `yaml:"environment"`
		BaseURL      string `yaml:"base_url"` // for tests
		MerchantID   string `yaml:"merchant_id"`
		SecretKeyEnv string `yaml:"secret_key_env"`
	} `yaml:"afterpay"`
	Kounta struct {
		BaseURL         string `yaml:"base_url"` // for tests
		Auth            string `yaml:"auth"`
		ClientID        string `yaml:"client_id"`
		ClientSecretEnv string `yaml:"client_secret_env"`
		RedirectURL     string `yaml:"redirect_url"`
		SiteID          int64  `yaml:"site_id"`
		ProductID       int64  `yaml:"product_id"`
		PaymentMethod   string `yaml:"payment_method"`
		PerMinute       int    `yaml:"requests_per_minute"`
	} `yaml:"kounta"`
	Poll        time.Duration `yaml:"poll"`
	Settle      time.Duration `yaml:"settle"`
	ReconcileAt time.Duration `yaml:"reconcile_at"`
	Alerts      struct {
		Webhook string `yaml:"webhook"`
	} `yaml:"alerts"`
	Status  map[afterpay.PaymentState]string `yaml:"status"`
	Mapping map[string]string                `yaml:"mapping"`
}

// arguments are those of a command.
type arguments struct {
	streams

	config   config
	from, to string
	dryRun   bool
	rest     []string
}

func parse(name string, args []string) (*arguments, error) {
	var a arguments
	flags := flag.NewFlagSet("kounta-sync "+name, flag.ContinueOnError)
	file := flags.String("config", "kounta-sync.yaml", "configuration `file`")
	if name == "migrate" || name == "reconcile" {
		flags.StringVar(&a.from, "from", "", "first `day`")
		flags.StringVar(&a.to, "to", "", "`day` after the last one")
	}
	if name == "migrate" {
		flags.BoolVar(&a.dryRun, "dry-run", false, "report what would be written, and write nothing")
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if a.rest = flags.Args(); len(a.rest) > 0 && name != "list" && name != "retry" {
		return nil, fmt.Errorf("%s: unknown argument %q", name, a.rest[0])
	}
	data, err := os.ReadFile(*file)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&a.config); err != nil {
		return nil, fmt.Errorf("%s: %w", *file, err)
	}
	return &a, nil
}

// secret returns the value of an environment variable.
func secret(field, name string) (string, error) {
	value := os.Getenv(name)
	if name == "" || value == "" {
		return "", fmt.Errorf("%s: the environment variable %q is empty", field, name)
	}
	return value, nil
}

// days returns the span from one day to another in a zone.
func (a *arguments) days(zone *time.Location) (from, to time.Time, err error) {
	if from, err = time.ParseInLocation(time.DateOnly, a.from, zone); err != nil {
		return from, to, fmt.Errorf("-from: %w", err)
	}
	if to, err = time.ParseInLocation(time.DateOnly, a.to, zone); err != nil {
		return from, to, fmt.Errorf("-to: %w", err)
	}
	if !from.Before(to) {
		return from, to, fmt.Errorf("-from %s is not before -to %s", a.from, a.to)
	}
	return from, to, nil
}
