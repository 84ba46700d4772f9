// Command outbox shows a shop whose payment operations happen although
// everything dies. A shop takes 100 orders; each is captured and partly
// refunded, which makes 200 operations. Meanwhile the worker process is killed
// five times and Afterpay, which is the sandbox, is down for ten seconds. A
// refund that is too large goes to review, is fixed and replayed. Then the
// ledger is compared with the shop's books.
//
//	go run ./durable/examples/outbox
//	go run ./durable/examples/outbox -db postgres://user@host/database
//
// It needs nothing installed: the database is one SQLite file. With -db it uses
// an empty PostgreSQL database and two workers. The dashboard stays up until
// the program is interrupted, or not at all with -exit.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	db := flag.String("db", "", "PostgreSQL connection string; empty: a temporary SQLite file")
	exit := flag.Bool("exit", false, "end after the report")
	service := flag.String("worker", "", "URL of the sandbox, for worker processes")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q", flag.Arg(0))
	}
	if err := start(*db, *service, *exit); err != nil {
		log.Fatal(err)
	}
}

func start(db, service string, exit bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if service != "" {
		return work(ctx, db, service)
	}
	return play(ctx, db, exit)
}

func play(ctx context.Context, db string, exit bool) error {
	workers := 2
	if !strings.HasPrefix(db, "postgres") {
		dir, err := os.MkdirTemp("", "outbox-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		db, workers = filepath.Join(dir, "shop.db"), 1
	}
	s, err := newStory(ctx, db)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.run(ctx, workers); err != nil {
		return err
	}
	if exit {
		return nil
	}
	fmt.Println("Interrupt to end.")
	<-ctx.Done()
	return nil
}
