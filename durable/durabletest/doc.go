// Package durabletest tests shops that use package durable.
//
// [New] and [Settle] run a shop's operations to their end in milliseconds,
// against afterpaytest:
//
//	client, sandbox := afterpaytest.NewClient(t)
//	queue, db := durabletest.New(t, client, durable.Options[*sql.Tx]{Settled: shop.settled})
//	// ... the shop enqueues ...
//	durabletest.Settle(t, queue)
//	// ... look at the shop's books and at sandbox.Ledger() ...
//
// Command faultrun is the kill harness: worker processes are killed and stopped
// while Afterpay and the database fail. [Judge] compares the ledger with the
// operations afterwards. [StartPostgres] starts a PostgreSQL for a test.
package durabletest
