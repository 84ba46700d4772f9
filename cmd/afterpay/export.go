package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/exportfile"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
)

func newExport(a *app) *cobra.Command {
	var d days
	var path string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the payments of a date range to a file, as CSV or JSON lines",
		Long: "Write the payments of a date range, oldest first, as CSV or, with -o jsonl, as JSON lines. If an export to a file " +
			"breaks off, the same command continues it after the last complete row.",
		Example: "  afterpay export --from 2025-05-01 --to 2025-05-31 --file may.csv",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("output") {
				a.format = output.CSV
			}
			if a.format == output.Table {
				return errors.New("an export is csv or jsonl, not a table")
			}
			from, to, err := d.parse()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			q := afterpay.PaymentQuery{FromCreated: from, ToCreated: to}
			if path == "" {
				_, err := a.export(cmd.Context(), client, q, nil, a.out)
				return err
			}
			return a.exportToFile(cmd.Context(), client, q, path)
		},
	}
	d.flags(cmd)
	cmd.Flags().StringVar(&path, "file", "", "file to write or to continue; default: standard output")
	return cmd
}

// exportToFile exports to a file, after the rows it already holds.
func (a *app) exportToFile(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, path string) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	layout := exportfile.Layout{Columns: paymentColumns(), JSON: a.format == output.JSONLines, Time: instantLayout}
	last, err := layout.Resume(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	n := 0
	if err = sameExport(ctx, client, q, last); err == nil {
		n, err = a.export(ctx, client, q, last, file)
	}
	if errors.Is(err, errOtherExport) {
		return &adviceError{fmt.Errorf("%s: %w", path, err), "the command that began the file, or another --file"}
	}
	if err != nil {
		return &adviceError{fmt.Errorf("the export is incomplete; %d payments were added: %w", n, err), "the same command continues it"}
	}
	a.message("%v payments added to %s.\n", n, path)
	return nil
}

// errOtherExport says that a file was written by a command with other options.
var errOtherExport = errors.New("the file holds an export of other days or of another account")

// sameExport returns an error if the rows of a file cannot be the first ones that
// the query selects.
func sameExport(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, last *exportfile.Position) error {
	if last == nil || last.Rows == 0 {
		return nil
	}
	if last.First.Before(q.FromCreated) || !q.ToCreated.IsZero() && last.Created.After(q.ToCreated) {
		return errOtherExport
	}
	_, err := client.Payments.Get(ctx, last.ID)
	if errors.Is(err, afterpay.ErrNotFound) {
		return errOtherExport
	}
	if err != nil || !q.FromCreated.Before(last.First) {
		return err
	}
	earlier := afterpay.PaymentQuery{FromCreated: q.FromCreated, ToCreated: last.First.Add(-time.Millisecond), Limit: 1}
	page, err := client.Payments.List(ctx, earlier)
	if err == nil && page.TotalResults > 0 {
		err = errOtherExport
	}
	return err
}

// export writes the payments that a query selects and returns how many. With last,
// it writes those after that position, without a header.
func (a *app) export(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, last *exportfile.Position, out io.Writer) (n int, err error) {
	done, steps := 0, -1
	counted := q
	counted.Limit = 1
	if page, err := client.Payments.List(ctx, counted); err == nil { // only the bar needs it
		steps = page.TotalResults
	}
	if last != nil {
		out = &withoutHeader{w: out, skip: a.format == output.CSV}
		if done = last.Rows; done > 0 {
			q = q.After(last.Created, last.ID)
			a.message("Continuing after row %v, payment %s.\n", done, last.ID)
		}
	}
	rows, err := output.NewRows(out, a.format, false, paymentColumns()...)
	if err != nil {
		return 0, err
	}
	progress := a.progress(steps, "exporting", out)
	defer progress.Close()
	progress.Add(done)
	for p, err := range client.Payments.All(ctx, q) {
		if err != nil {
			return n, err
		}
		if err := rows.Write(paymentCells(p)...); err != nil {
			return n, err
		}
		n++
		progress.Add(1)
	}
	return n, rows.Close()
}

// withoutHeader discards the first write, which is the header of a CSV file.
type withoutHeader struct {
	w    io.Writer
	skip bool
}

// Write implements io.Writer.
func (h *withoutHeader) Write(b []byte) (int, error) {
	if h.skip {
		h.skip = false
		return len(b), nil
	}
	return h.w.Write(b)
}
