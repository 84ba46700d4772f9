// Command afterpay is the command line of the afterpay SDK, for support, finance,
// and shops in other languages.
//
// In a clone of the repository:
//
//	go install ./cmd/afterpay
//	afterpay doctor
//
// docs/cli.md describes every command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(execute(&app{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}, os.Args[1:]))
}

// execute runs a command and returns the exit status. The first interrupt ends
// the command in order, and a second one ends the process.
func execute(a *app, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRoot(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return a.exitStatus(ctx, cmd.CommandPath(), err)
}
