package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
)

var errNotConfirmed = &adviceError{
	&statusError{status: exitNo, text: "not confirmed: nothing was sent"}, "the same command again, and type yes",
}

// yesFlag adds the flag that answers the question of confirm.
func yesFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().BoolP("yes", "y", false, "do not ask")
}

// confirm asks a question on the terminal. Only the lines "y" and "yes" confirm. Without a
// terminal there is nobody to ask, which is an error.
func (a *app) confirm(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	if !output.IsTerminal(a.in) {
		return &adviceError{errors.New("standard input is not a terminal, so nobody can confirm: nothing was sent"), "the same command with --yes"}
	}
	a.message("%s [y/N] ", question)
	answer := make(chan string, 1)
	go func() { // a read from a terminal cannot be canceled
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil {
			a.message("\n") // the line on the terminal has not ended
			line = ""       // and confirms nothing
		}
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		a.message("\n")
		return fmt.Errorf("%w: nothing was sent", ctx.Err())
	case text := <-answer:
		if text != "y" && text != "yes" {
			return errNotConfirmed
		}
		return nil
	}
}
