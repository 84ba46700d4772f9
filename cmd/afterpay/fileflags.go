package main

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// fileFlags say how a CSV file is read.
type fileFlags struct {
	columns   []string
	delimiter rune
	decimal   rune
	dates     settlement.DateLayout
}

// flags adds the flags. Their names begin with prefix. fields says which columns
// there are.
func (f *fileFlags) flags(set *pflag.FlagSet, prefix, fields string) {
	set.StringArrayVar(&f.columns, prefix+"column", nil, "name of a column in the file, as `FIELD=NAME`; may be repeated; "+fields)
	choose(set, &f.delimiter, prefix+"delimiter", "what separates the cells; default: as the header shows",
		word[rune]{"comma", ','}, word[rune]{"semicolon", ';'}, word[rune]{"tab", '\t'}, word[rune]{"pipe", '|'})
	choose(set, &f.decimal, prefix+"decimal", "decimal separator; needed for amounts such as 1,250",
		word[rune]{"point", '.'}, word[rune]{"comma", ','})
	chooseDates(set, &f.dates, prefix+"dates", "order of dates such as 11/12/2025; default: as the file's other dates show")
}

func chooseDates(set *pflag.FlagSet, to *settlement.DateLayout, name, usage string) {
	choose(set, to, name, usage,
		word[settlement.DateLayout]{"day-first", settlement.DayFirst},
		word[settlement.DateLayout]{"month-first", settlement.MonthFirst},
		word[settlement.DateLayout]{"year-first", settlement.YearFirst})
}

// fromFile opens a file when it is read, and closes it afterwards.
func fromFile[T any](path string, read func(io.Reader) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		defer file.Close() //nolint:errcheck // it was only read
		read(file)(yield)
	}
}

// pairs splits values such as FIELD=NAME of a flag.
func pairs(flag string, values []string) (map[string]string, error) {
	split := make(map[string]string, len(values))
	for _, value := range values {
		key, text, ok := strings.Cut(value, "=")
		if key = strings.TrimSpace(key); !ok || key == "" || text == "" {
			return nil, fmt.Errorf("%s %q: write it as FIELD=NAME", flag, value)
		}
		if _, twice := split[key]; twice {
			return nil, fmt.Errorf("%s names %q twice", flag, key)
		}
		split[key] = text
	}
	return split, nil
}

// nameColumns sets the fields of columns, a pointer to a struct of texts. A field
// is called by its default name, which is its text in normal.
func nameColumns(columns, normal any, flag string, values []string) error {
	names, err := pairs(flag, values)
	if err != nil {
		return err
	}
	var known []string
	to, from := reflect.ValueOf(columns).Elem(), reflect.ValueOf(normal)
	for i := range from.NumField() {
		field := from.Field(i).String()
		known = append(known, field)
		if name, ok := names[field]; ok {
			to.Field(i).SetString(name)
			delete(names, field)
		}
	}
	for field := range names {
		return fmt.Errorf("%s: there is no field %q; the fields are %s", flag, field, strings.Join(known, ", "))
	}
	return nil
}

// currencyFlag is the code of a currency, in any case.
type currencyFlag afterpay.Currency

// Set sets the currency.
func (c *currencyFlag) Set(code string) error {
	if len(code) != 3 || strings.Trim(strings.ToUpper(code), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("write a currency as three letters, such as AUD")
	}
	*c = currencyFlag(strings.ToUpper(code))
	return nil
}

// String returns the code.
func (c *currencyFlag) String() string { return string(*c) }

// Type names the value in help texts.
func (c *currencyFlag) Type() string { return "code" }

// zoneFlag is a time zone. It is nil if none is set.
type zoneFlag struct{ *time.Location }

// Set sets the zone.
func (z *zoneFlag) Set(name string) (err error) {
	if z.Location, err = time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return fmt.Errorf("write a time zone such as Australia/Melbourne or UTC")
	}
	return nil
}

// location returns the zone, by default UTC.
func (z zoneFlag) location() *time.Location { return cmp.Or(z.Location, time.UTC) }

// String returns the name of the zone.
func (z *zoneFlag) String() string {
	if z.Location == nil {
		return ""
	}
	return z.Location.String()
}

// Type names the value in help texts.
func (z *zoneFlag) Type() string { return "zone" }
