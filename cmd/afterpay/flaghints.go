package main

import (
	"errors"
	"iter"
	"reflect"
	"regexp"
	"strings"

	"github.com/afterpay-go/afterpay/reconcile"
)

// hintError is an error whose text names flags in place of the options of a
// package.
type hintError struct {
	error
	text string
}

// Error returns the text with the flags.
func (e *hintError) Error() string { return e.text }

// Unwrap returns the error.
func (e *hintError) Unwrap() error { return e.error }

// withHints gives the errors of a source the names of flags.
func withHints[T any](source iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range source {
			if !yield(v, hint(err)) {
				return
			}
		}
	}
}

// hint returns err with the names of flags. An error of a row stays one.
func hint(err error) error {
	if err == nil {
		return nil
	}
	if row, ok := errors.AsType[*reconcile.RowError](err); ok {
		named := *row
		named.Err = &hintError{row.Err, flagNames(row.Err.Error())}
		return &named
	}
	return &hintError{err, flagNames(err.Error())}
}

var (
	optionName = regexp.MustCompile(`(?:Order|Bank|)Options\.(\w+)(?:\.(\w+)|\["([^"]+)"\])?`)
	// severalOptions writes lists of options in full.
	severalOptions = strings.NewReplacer(
		"OrderOptions.Columns.ID, Token or Reference", "OrderOptions.Columns.ID, OrderOptions.Columns.Token or OrderOptions.Columns.Reference",
		"BankOptions.Columns.Amount, or Credit and Debit", "BankOptions.Columns.Amount, or BankOptions.Columns.Credit and BankOptions.Columns.Debit",
	)
	flagOf = map[string]string{
		"Columns": "column", "Delimiter": "delimiter", "DecimalSeparator": "decimal", "DateLayout": "dates", "TimeLayout": "times",
		"Types": "type", "States": "state", "Amounts": "amounts",
	}
	// commonFlagOf are flags without a prefix.
	commonFlagOf = map[string]string{"Currency": "currency", "Location": "zone", "MinorUnits": "minor-units", "MaxUnreadable": "max-unreadable"}
)

// flagNames replaces the names of options in a text with those of flags.
func flagNames(text string) string {
	return optionName.ReplaceAllStringFunc(severalOptions.Replace(text), func(option string) string {
		parts := optionName.FindStringSubmatch(option)
		name, key, column := parts[1], parts[2], parts[3]
		if flag := commonFlagOf[name]; flag != "" {
			return "--" + flag
		}
		flag := flagOf[name]
		if flag == "" {
			return option
		}
		var fields any = reconcile.DefaultColumns()
		if strings.HasPrefix(option, "Bank") {
			fields, flag = reconcile.DefaultBankColumns(), bankPrefix+flag
		}
		switch {
		case column != "":
			return "--" + flag + ` "` + column + `=NAME"`
		case key != "":
			return "--" + flag + " " + reflect.ValueOf(fields).FieldByName(key).String() + "=NAME"
		}
		return "--" + flag
	})
}
