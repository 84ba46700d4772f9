// Command kounta-sync writes Afterpay's payments to Kounta. docs/kounta.md is its
// manual.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `kounta-sync writes Afterpay's payments to Kounta.

  kounta-sync config                               print a commented configuration file
  kounta-sync authorize -config FILE               connect to Kounta by OAuth, once
  kounta-sync run       -config FILE               synchronise until stopped
  kounta-sync migrate   -config FILE -from DAY -to DAY [-dry-run]
                                                   write past payments; run it again to go on after a break
  kounta-sync reconcile -config FILE -from DAY -to DAY
                                                   report differences; the exit status is 1 if there are any
  kounta-sync list      -config FILE [SALE or PAYMENT]
                                                   pairs of records with their times, as JSON lines
  kounta-sync failures  -config FILE               orders that fail or wait for a person
  kounta-sync retry     -config FILE SALE          try an order again that waits for a person

DAY is a date such as 2026-03-31 in the company's zone. -to is not included.
`

// errFindings says that a reconciliation found differences.
var errFindings = errors.New("the two sides differ")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	switch {
	case errors.Is(err, errFindings):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "kounta-sync:", err)
		os.Exit(2)
	}
}

// streams are where a command reads from, and writes its results and its progress
// to.
type streams struct {
	in            io.Reader
	out, progress io.Writer
}

func run(ctx context.Context, args []string, s streams) error {
	if len(args) == 0 {
		return show(s.out, usage)
	}
	name, args := args[0], args[1:]
	commands := map[string]func(context.Context, *arguments) error{
		"authorize": authorize, "run": serve, "migrate": migrate, "reconcile": reconcileDays,
		"list": list, "failures": failures, "retry": retry,
	}
	command, known := commands[name]
	switch {
	case name == "config":
		return show(s.out, exampleConfig)
	case name == "help" || name == "-h" || name == "--help":
		return show(s.out, usage)
	case !known:
		return fmt.Errorf("unknown command %q; see kounta-sync help", name)
	}
	a, err := parse(name, args)
	switch {
	case errors.Is(err, flag.ErrHelp): // printed already
		return nil
	case err != nil:
		return err
	}
	a.streams = s
	return command(ctx, a)
}

func show(out io.Writer, text string) error {
	_, err := fmt.Fprint(out, text)
	return err
}
