package main

import (
	"errors"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

// withoutFlag are options that have another kind of flag, or are for programs.
var withoutFlag = map[string]bool{"Accept": true, "OnSkip": true}

// An error of the packages may name any option of a file. Each is a flag of the
// command that reads such a file.
func TestFlagNames_EveryOptionOfAFileIsAFlag(t *testing.T) {
	t.Parallel()
	root := newRoot(&app{})
	for _, c := range []struct {
		prefix  string
		options any
		command []string
	}{
		{"Options.", settlement.Options{}, []string{"settlement", "show"}},
		{"Options.", settlement.Options{}, []string{"settlement", "payouts"}},
		{"Options.", settlement.Options{}, []string{"reconcile", "settlement"}},
		{"Options.", settlement.Options{}, []string{"reconcile", "bank"}},
		{"OrderOptions.", reconcile.OrderOptions{}, []string{"reconcile", "orders"}},
		{"BankOptions.", reconcile.BankOptions{}, []string{"reconcile", "bank"}},
	} {
		cmd, _, err := root.Find(c.command)
		require.NoError(t, err)
		for i := range reflect.TypeOf(c.options).NumField() {
			option := reflect.TypeOf(c.options).Field(i).Name
			if withoutFlag[option] {
				continue
			}
			flag, ok := strings.CutPrefix(flagNames(c.prefix+option), "--")
			require.True(t, ok, option)
			require.NotNil(t, cmd.Flags().Lookup(flag), "%s --%s", cmd.CommandPath(), flag)
		}
	}
}

func TestFlagNames_ColumnsAreWrittenAsTheFlagTakesThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`set Options.Columns["Settlement Date"]`:                       `set --column "Settlement Date=NAME"`,
		"set OrderOptions.Columns.At":                                  "set --column paid_at=NAME",
		"set BankOptions.Columns.Credit or BankOptions.Delimiter":      "set --bank-column credit=NAME or --bank-delimiter",
		"set OrderOptions.Columns.ID, Token or Reference":              "set --column afterpay_id=NAME, --column token=NAME or --column reference=NAME",
		"more than 100 rows cannot be read; see Options.MaxUnreadable": "more than 100 rows cannot be read; see --max-unreadable",
		"set SortOptions.MaxDisk":                                      "set SortOptions.MaxDisk",
		"nothing to set":                                               "nothing to set",
	} {
		require.Equal(t, want, flagNames(text))
	}
}

func TestWithHints_ErrorsStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	read := func(source iter.Seq2[reconcile.Record, error]) (err error) {
		for _, err = range withHints(source) {
		}
		return err
	}
	orders := func(text string) iter.Seq2[reconcile.Record, error] {
		return reconcile.ReadOrders(strings.NewReader(text), reconcile.OrderOptions{})
	}
	require.ErrorIs(t, read(orders("reference\n")), reconcile.ErrColumn)
	err := read(orders("reference,amount,currency,status\n1,2.00,USD,odd\n"))
	require.ErrorIs(t, err, reconcile.ErrRow)
	row, ok := errors.AsType[*reconcile.RowError](err)
	require.True(t, ok)
	require.Equal(t, 2, row.Line)
	require.ErrorContains(t, err, "set --state")
	broken := io.ErrUnexpectedEOF
	require.ErrorIs(t, read(func(yield func(reconcile.Record, error) bool) { yield(reconcile.Record{}, broken) }), broken)
	require.NoError(t, read(orders("reference,amount,currency\n")))
}
