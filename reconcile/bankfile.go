package reconcile

import (
	"errors"
	"io"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/csvfile"
	"github.com/afterpay-go/afterpay/settlement"
)

// BankOptions say how a bank statement is read. Currency or a column for it is
// needed; the rest may be left empty.
type BankOptions struct {
	// Columns names the columns. An empty name means the default name.
	Columns BankColumns
	// Currency is the currency of the account.
	Currency afterpay.Currency
	// Location is the zone of the dates. Nil means UTC.
	Location *time.Location
	// DateLayout, DecimalSeparator and Delimiter are as in [OrderOptions].
	DateLayout       settlement.DateLayout
	DecimalSeparator rune
	Delimiter        rune
	// Accept reports whether a line is a deposit of Afterpay, by its text. Nil
	// accepts every line. Lines that are not accepted are not compared.
	Accept func(text string) bool
}

// BankColumns are the names of the columns of a bank statement. Case does not
// matter. A statement has an amount, or credits and debits in two columns.
type BankColumns struct {
	Date, Amount, Credit, Debit, Text, Currency string
}

// DefaultBankColumns returns the names used where [BankOptions.Columns] has none.
func DefaultBankColumns() BankColumns {
	return BankColumns{Date: "date", Amount: "amount", Credit: "credit", Debit: "debit", Text: "text", Currency: "currency"}
}

// The columns of a bank statement.
const (
	bankDate = iota
	bankAmount
	bankCredit
	bankDebit
	bankText
	bankCurrency
)

func (c BankColumns) names() [6]string {
	return [...]string{c.Date, c.Amount, c.Credit, c.Debit, c.Text, c.Currency}
}

// ReadBank reads a bank statement from a CSV file whose first line names the
// columns: date, amount and text. Money received is positive, or in the column of
// credits. Amounts may have a currency symbol and separators of thousands.
//
// A line that cannot be read yields a [*RowError], and the loop may go on with
// the next line. A file without the needed columns ends with an error matching
// [ErrColumn], which lists the names found and the option to set.
func ReadBank(r io.Reader, opts BankOptions) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		in, err := openStatement(r, opts)
		if err != nil {
			yield(Record{}, err)
			return
		}
		for {
			err := in.next()
			if errors.Is(err, io.EOF) {
				return
			}
			var record Record
			if err == nil {
				if opts.Accept != nil && !opts.Accept(in.text(bankText)) {
					continue
				}
				record = readLine(in, opts.Currency)
				err = in.err()
			}
			if !yield(record, err) || err != nil && !errors.Is(err, ErrRow) {
				return
			}
		}
	}
}

func openStatement(r io.Reader, opts BankOptions) (*cells, error) {
	given, normal := opts.Columns.names(), DefaultBankColumns().names()
	columns := make([]csvfile.Column, len(normal))
	for c, field := range [...]string{"Date", "Amount", "Credit", "Debit", "Text", "Currency"} {
		required := given[c] != "" || c == bankDate || c == bankText && opts.Accept != nil
		columns[c] = csvfile.Column{Name: firstOf(given[c], normal[c]), Required: required, Option: "BankOptions.Columns." + field}
	}
	in, err := openCells(r, format{
		what: "bank statement", options: "BankOptions", columns: columns, delimiter: opts.Delimiter,
		location: opts.Location, layout: opts.DateLayout, decimal: opts.DecimalSeparator,
	})
	switch {
	case err != nil:
		return nil, err
	case !in.file.Has(bankAmount) && !in.file.Has(bankCredit) && !in.file.Has(bankDebit):
		return nil, in.missing("BankOptions.Columns.Amount, or Credit and Debit", bankAmount, bankCredit, bankDebit)
	case !in.file.Has(bankCurrency) && opts.Currency == "":
		return nil, in.missing("BankOptions.Currency", bankCurrency)
	}
	return in, nil
}

// readLine makes a record of a line.
func readLine(in *cells, currency afterpay.Currency) Record {
	r := Record{Kind: KindPayout, Reference: in.text(bankText), At: in.time(bankDate), Line: in.line}
	r.Currency = in.currency(bankCurrency, currency)
	if r.At.IsZero() && in.fault == nil {
		in.fail(bankDate, errors.New("the line has no date"))
	}
	amounts, texts := 0, 0
	for _, column := range [...]int{bankAmount, bankCredit, bankDebit} {
		if in.text(column) != "" {
			texts++
		}
		amount := in.amount(column, r.Currency, 2)
		if column == bankDebit {
			amount = min(amount, -amount) // some banks write debits with a minus
		}
		if amount != 0 {
			amounts++
			r.Amount = amount
		}
	}
	switch {
	case amounts > 1:
		in.fail(bankAmount, errors.New("the line has several amounts"))
	case texts == 0:
		in.fail(bankAmount, errors.New("the line has no amount"))
	}
	return r
}
