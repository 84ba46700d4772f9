package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/account"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
)

// app is what all commands share: the streams, the environment and the global
// flags.
type app struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string

	profile string
	format  output.Format
	verbose bool
}

const rootHelp = `Afterpay for support, finance, and shops in other languages.

Credentials come from the environment or from a file, never from flags:

  AFTERPAY_MERCHANT_ID, AFTERPAY_SECRET_KEY
  AFTERPAY_ENVIRONMENT   production (default) or sandbox
  AFTERPAY_API_VERSION   v2 (default) or v1
  AFTERPAY_BASE_URL      another host, such as a sandbox on this machine
  AFTERPAY_OAUTH         if set, access tokens in place of Basic authentication
  AFTERPAY_DATABASE      for jobs: a SQLite file or a postgres URL

The file is afterpay/config.json in the user's configuration directory, or
$AFTERPAY_CONFIG. It must have mode 0600. --profile or AFTERPAY_PROFILE chooses an
account in it; without either, the environment is used if it has credentials,
and else the profile "default". With a profile, AFTERPAY_ENVIRONMENT, _API_VERSION,
_BASE_URL and _OAUTH must not be set:

  {"profiles": {
    "default": {"merchantId": "32", "secretKey": "...", "environment": "sandbox"},
    "uk":      {"merchantId": "77", "secretKey": "...", "apiVersion": "v1"}
  }}

Results go to standard output, as a table, JSON lines or CSV. Messages and
progress go to standard error. NO_COLOR switches colors off.

Exit status:

  0    done; reconcile: both sides agree
  1    no: declined, refused, not found, not confirmed; doctor: a check failed;
       reconcile: there are differences
  2    failed: wrong usage, no credentials, no connection, an unreadable file
  3    the outcome is unknown and money may have moved, or the result of a change
       could not be printed; the message says what to type next
  130  interrupted`

// newRoot returns the command with all of its subcommands.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:               "afterpay",
		Short:             "Afterpay for support, finance, and shops in other languages",
		Long:              rootHelp,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	flags := root.PersistentFlags()
	flags.StringVar(&a.profile, "profile", "", "account in the config file")
	a.format = output.Table
	flags.VarP(&choice[output.Format]{
		to: &a.format, chosen: string(output.Table),
		words: []word[output.Format]{{"table", output.Table}, {"jsonl", output.JSONLines}, {"csv", output.CSV}},
	}, "output", "o", "form of the result")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log every request to standard error, without secrets")
	root.AddCommand(
		newDoctor(a), newPayments(a),
		newCapture(a), newVoid(a), newRefund(a), newReverse(a), newRecover(a),
		newDisputes(a), newSettlement(a), newReconcile(a), newExport(a), newJobs(a),
		newSandbox(a), newVersion(a),
	)
	for _, group := range root.Commands() {
		if group.HasSubCommands() {
			group.Use += " COMMAND"
			group.DisableFlagsInUseLine = true
			group.FParseErrWhitelist.UnknownFlags = true // the command is unknown, and not its flags
			group.RunE = needsCommand
		}
	}
	return root
}

// needsCommand is the error of a group of commands of which none is named, or one
// that does not exist.
func needsCommand(group *cobra.Command, args []string) error {
	var names []string
	for _, cmd := range group.Commands() {
		names = append(names, cmd.Name())
	}
	if len(args) > 0 {
		return fmt.Errorf("unknown command %q for %q; the commands are %s", args[0], group.CommandPath(), strings.Join(names, ", "))
	}
	return fmt.Errorf("%s needs a command: %s", group.CommandPath(), strings.Join(names, ", "))
}

// client returns a client of the chosen account.
func (a *app) client(opts ...afterpay.Option) (*afterpay.Client, error) {
	found, err := account.Find(a.profile, a.getenv)
	if err != nil {
		return nil, &adviceError{err, "afterpay --help says where credentials come from"}
	}
	if a.verbose {
		opts = append(opts, afterpay.WithLogger(slog.New(slog.NewTextHandler(a.err, nil))))
	}
	return found.Client(opts...)
}

// rows returns a writer to standard output in the chosen format.
func (a *app) rows(columns ...string) (*output.Rows, error) {
	return output.NewRows(a.out, a.format, output.Colors(a.out), columns...)
}

// message writes a message for people to standard error.
func (a *app) message(format string, args ...any) {
	output.Messages{W: a.err}.Printf(format, args...)
}

// progress returns a progress bar on standard error. It is shown on a terminal,
// unless rows go to a terminal as well.
func (a *app) progress(steps int, what string, out io.Writer) *output.Progress {
	return output.NewProgress(a.err, output.IsTerminal(a.err) && !output.IsTerminal(out), steps, what)
}

// exactly returns a check for the named arguments.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return &usageError{names: names, given: len(args)}
		}
		return nil
	}
}
