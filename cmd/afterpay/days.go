package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// days is a range of days in UTC.
type days struct{ from, to string }

func (d *days) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.from, "from", "", "first day in UTC, such as 2025-05-01")
	cmd.Flags().StringVar(&d.to, "to", "", "last day in UTC; default: today")
}

// parse returns the first and the last instant of the days. They are zero where no
// day is set.
func (d days) parse() (from, to time.Time, err error) {
	if d.from != "" {
		if from, err = time.Parse(time.DateOnly, d.from); err != nil {
			return from, to, fmt.Errorf("--from must be a day such as 2025-05-01, not %q", d.from)
		}
	}
	if d.to != "" {
		if to, err = time.Parse(time.DateOnly, d.to); err != nil {
			return from, to, fmt.Errorf("--to must be a day such as 2025-05-31, not %q", d.to)
		}
		to = to.AddDate(0, 0, 1).Add(-time.Millisecond)
	}
	if !to.IsZero() && to.Before(from) {
		return from, to, fmt.Errorf("--from %s is after --to %s", d.from, d.to)
	}
	return from, to, nil
}
