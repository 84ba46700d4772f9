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

// export writes a header and the payments that a query selects. With last, it
// writes only the payments after that position. If reading fails, the rows read
// before are written.
func export(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, last *position, out, progress io.Writer) error {
	w := csv.NewWriter(out)
	rows := 0
	switch {
	case last == nil:
		_ = w.Write(header) // w keeps the first error
	case last.rows > 0:
		q, rows = q.After(last.created, last.id), last.rows
		fmt.Fprintf(progress, "continuing after row %d, payment %s\n", rows, last.id)
	}
	rows, err := write(w, client.Payments.All(ctx, q), rows, progress)
	w.Flush()
	fmt.Fprintf(progress, "\r%d payments%40s\n", rows, "")
	return errors.Join(err, w.Error())
}

// write writes a row for each payment and returns the number of rows, counting
// from rows.
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
		// Progress counts rows that were written.
		if w.Flush(); w.Error() != nil {
			return rows, w.Error()
		}
		fmt.Fprintf(progress, "\r%d payments, up to %s", rows, p.Created.Format(time.DateTime))
	}
	return rows, nil
}
