package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// compare measures the contenders and prints them with ratios to the first, for
// operations that each stand for a number of items.
func compare(title, item string, items int, s settings, contenders []contender) error {
	medians, err := measure(s.rounds, s.per, contenders)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\tCPU/%s\tratio\tB/%s\tratio\tallocs/%s\tratio\t\n", item, item, item)
	base := medians[0]
	for i, c := range contenders {
		m := medians[i]
		n := float64(items)
		fmt.Fprintf(w, "%s\t%v\t%s\t%.0f\t%s\t%.1f\t%s\t\n", c.name,
			time.Duration(m.ns/n).Round(time.Nanosecond), ratio(m.ns, base.ns),
			m.bytes/n, ratio(m.bytes, base.bytes), m.allocs/n, ratio(m.allocs, base.allocs))
	}
	return w.Flush()
}

func ratio(v, base float64) string {
	if base < 0.5 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v/base)
}
