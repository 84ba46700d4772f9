//go:build unix

// Command faultrun is the kill harness of package durable. It runs a shop whose
// worker processes are killed with SIGKILL and suspended with SIGSTOP while
// Afterpay and the database fail, and compares the ledger with the operations
// and with the shop's books afterwards. It exits with status 1 when money moved
// twice, was lost, or was reported falsely.
//
//	go run ./durabletest/faultrun -operations 2000 -kills 150 -stops 20
//	go run ./durabletest/faultrun -db postgres -workers 4 -database-stops 6
//	go run ./durabletest/faultrun -control
//
// With -db postgres it starts a PostgreSQL of its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// settings are those of a run, and of the worker processes.
type settings struct {
	DB            string // sqlite or postgres
	Operations    int
	Workers       int
	Kills         int
	Stops         int
	DatabaseStops int
	StopFor       time.Duration
	FaultPercent  int
	Outage        time.Duration
	ReadLag       time.Duration
	Lookup        time.Duration
	Clock         bool // move it by 25 hours and by 13 days
	Control       bool
	Seed          uint64
	Limit         time.Duration

	// The rest is for workers.
	Source  string // file or connection string
	Service string // URL of the sandbox
	Ahead   time.Duration
}

func main() {
	var s settings
	flag.StringVar(&s.DB, "db", "sqlite", "sqlite or postgres")
	flag.IntVar(&s.Operations, "operations", 2000, "operations to enqueue, at least")
	flag.IntVar(&s.Workers, "workers", 2, "worker processes")
	flag.IntVar(&s.Kills, "kills", 150, "SIGKILLs")
	flag.IntVar(&s.Stops, "stops", 20, "SIGSTOPs")
	flag.DurationVar(&s.StopFor, "stop-for", 14*time.Second, "length of a SIGSTOP; the rescue limit is 6 s")
	flag.IntVar(&s.DatabaseStops, "database-stops", 0, "immediate stops of PostgreSQL")
	flag.IntVar(&s.FaultPercent, "faults", 30, "money calls that fail, in percent")
	flag.DurationVar(&s.Outage, "outage", 15*time.Second, "length of an outage; operations are given up after 8 s")
	flag.DurationVar(&s.ReadLag, "lag", 150*time.Millisecond, "how long reads lag behind writes")
	flag.DurationVar(&s.Lookup, "lookup", 1500*time.Millisecond, "how long workers look for what was lost; longer than the lag and than 1 s")
	flag.BoolVar(&s.Clock, "clock", true, "move the clock by 25 hours and by 13 days")
	flag.BoolVar(&s.Control, "control", false, "use a new request id for each try, and fail unless the judge finds that")
	flag.Uint64Var(&s.Seed, "seed", uint64(time.Now().UnixNano()), "seed of the faults")
	flag.DurationVar(&s.Limit, "limit", 15*time.Minute, "time after which a run that has not ended fails")
	worker := flag.String("worker", "", "settings of a worker process, as JSON; for faultrun itself")
	flag.Parse()
	if err := start(&s, *worker); err != nil {
		fmt.Fprintln(os.Stderr, "faultrun:", err)
		os.Exit(1)
	}
}

func start(s *settings, worker string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if worker == "" {
		return runWithin(ctx, s)
	}
	if err := json.Unmarshal([]byte(worker), s); err != nil {
		return err
	}
	return work(ctx, s)
}

var errLimit = errors.New("the run did not end within -limit")

func runWithin(ctx context.Context, s *settings) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.Limit, errLimit)
	defer cancel()
	err := run(ctx, s)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}
