// Package durable carries out payment operations even if the process, the
// machine, the database, the network or Afterpay fails.
//
// A shop decides on an operation in its own database transaction, with the
// order it belongs to:
//
//	db, err := durablesqlite.Open("shop.db")
//	queue, err := durable.New(durablesqlite.New(db), client, durable.Options[*sql.Tx]{
//		Settled: func(ctx context.Context, tx *sql.Tx, s *durable.Status) error {
//			_, err := tx.ExecContext(ctx, `UPDATE orders SET paid = ? WHERE number = ?`, s.State == durable.Succeeded, s.ID)
//			return err
//		},
//	})
//	err = queue.Migrate(ctx)
//	err = queue.Start(ctx)
//
//	_, _, err = queue.EnqueueTx(ctx, tx, durable.Operation{
//		ID: "order-1001", Kind: durable.Capture, Token: token,
//	})
//	err = tx.Commit() // the order and its capture, or neither
//
// Workers of any process on the same database carry the operation out, once,
// and report the outcome to Settled in the transaction that records it. An
// operation that cannot succeed, or whose outcome cannot be determined, waits
// in review for a person.
//
// The jobs are River's (riverqueue.com): its client, its dashboard and its
// telemetry are available, see [Queue.River]. The table of operations is this
// package's, because River forgets finished jobs within days. Nothing in it is
// ever deleted.
//
// Package durablesqlite keeps both in one file, package durablepgx in
// PostgreSQL with any number of machines. docs/durable.md explains why money
// moves exactly once, and what that assumes; docs/runbook.md is for the person
// on call.
package durable
