// Command bench compares package afterpay with raw net/http and with the Go SDKs
// of other services, all in one run and side by side:
//
//	go run -C bench .
//
// It prints a table for each scenario, with ratios to raw net/http and
// encoding/json as most programs use them. The figures are medians of
// interleaved rounds; see docs/performance.md for what they mean.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"
)

// settings are what the flags say.
type settings struct {
	rounds int
	per    time.Duration // of one contender in one round
}

// A scenario prints its table.
type scenario struct {
	name string
	run  func(context.Context, settings) error
}

func main() {
	var s settings
	serve := flag.String("serve", "", "serve canned answers for the loopback scenario; used by the program itself")
	only := flag.String("only", "", "regular expression of the scenarios to run")
	flag.IntVar(&s.rounds, "rounds", 11, "rounds")
	flag.DurationVar(&s.per, "per", 60*time.Millisecond, "duration of a contender's turn in a round")
	flag.Parse()
	if err := run(context.Background(), *serve, *only, s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, serve, only string, s settings) error {
	if serve != "" {
		return serveCanned(serve)
	}
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %d CPUs, %d rounds of %v\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), s.rounds, s.per)
	for _, sc := range []scenario{
		{"create", create},
		{"list", list},
		{"failures", failures},
		{"retry", retry},
		{"features", features},
		{"money", money},
		{"loopback", loopback},
		{"size", size},
	} {
		if !wanted.MatchString(sc.name) {
			continue
		}
		if err := sc.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", sc.name, err)
		}
	}
	return nil
}
