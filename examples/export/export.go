package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
)

// export writes the payments that a query selects: a header and all of them, or
// those behind the last one of an export that broke off. What was read before an
// error is written all the same.
func export(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, last *position, out, progress io.Writer) error {
	w := csv.NewWriter(out)
	rows := 0
	switch {
	case last == nil:
		_ = w.Write(header) // an error stays until Flush
	case last.rows > 0:
		q, rows = q.After(last.created, last.id), last.rows
		fmt.Fprintf(progress, "continuing behind row %d, payment %s\n", rows, last.id)
	}
	rows, err := write(w, client.Payments.All(ctx, q), rows, progress)
	w.Flush()
	fmt.Fprintf(progress, "\r%d payments%40s\n", rows, "")
	return errors.Join(err, w.Error())
}

// write adds a row for each payment to those there are, and returns their number.
func write(w *csv.Writer, payments iter.Seq2[*afterpay.Payment, error], rows int, progress io.Writer) (int, error) {
	for p, err := range payments {
		if err != nil {
			return rows, err
		}
		if err := w.Write(row(p)); err != nil {
			return rows, err
		}
		if rows++; rows%50 != 0 {
			continue
		}
		// A row that is announced is a row that was written.
		if w.Flush(); w.Error() != nil {
			return rows, w.Error()
		}
		fmt.Fprintf(progress, "\r%d payments, up to %s", rows, p.Created.Format(time.DateTime))
	}
	return rows, nil
}
