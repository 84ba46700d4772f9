// Package reconcile finds out who owes whom. It compares a shop's orders with
// Afterpay's payments ([Orders]), Afterpay's payments with its settlement reports
// ([Settlement]), and the deposits of those reports with a bank statement ([Bank]).
// Every difference is reported once.
//
// A run takes two sequences of [Record] and yields each [Finding] as soon as it
// is certain. It is a merge join: memory holds the records of one key, whatever
// the number of records. [Run.Report] writes the findings for people, for a
// spreadsheet or for a program. [Summary.ExitStatus] is the outcome for cron.
//
// # Keys and trust
//
// Records identify an order by several keys. From the most to the least trusted
// these are Afterpay's order id, the checkout token, and the merchant
// reference, which may be replaced or used for several attempts to pay. Refunds
// are identified by refund id, request id and reference. Keys of different
// kinds are never compared with each other: an id is not equal to a reference
// of the same digits.
//
// A merge join has one sort key, so every record is first filed under the merchant
// reference of the payment that its strongest key names. All payments made for one
// reference, and everything that concerns them, are then in one group. There,
// partners are found by the strongest key that both sides have. A weaker key pairs
// two records only if no stronger key that both have differs.
//
// Filing sorts the records. Up to about 100,000 records are sorted in memory,
// more on disk; see [SortOptions]. Sides that are already in the order of one
// key, such as the rows of a query with ORDER BY in byte order, can be compared
// as they stream in, with [Options.Presorted]. Records under different keys
// then never meet: sorted by reference, an order whose reference was replaced
// is reported missing on both sides; sorted by id, an order paid twice is
// reported as a payment without an order.
//
// # Rows that cannot be read
//
// A row that cannot be read or compared is left out and reported as an
// [UnreadableRow], up to [Options.MaxUnreadable]. Any other error of a source ends
// the run.
//
// # Time and totals
//
// Instants are compared, and never calendar days. Days in reports are those of
// [Options.Location]. A record without a partner is missing only if the partner
// would surely have been read; otherwise it is at the [WindowEdge].
//
// The totals of both sides are kept by currency, day and kind of record, apart
// from the findings. For each of them, Σ left − Σ right must equal the signed total
// of the findings. That proves that no record was passed over; see
// [Summary.Balanced].
//
// docs/reconciliation.md explains each class of finding to the people who close
// the books.
package reconcile
