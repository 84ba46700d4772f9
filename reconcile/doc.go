// Package reconcile finds out who owes whom: it compares a shop's orders with
// Afterpay's payments ([Orders]), and Afterpay's payments with its settlement
// reports ([Settlement]), and tells every difference once.
//
// A run takes two sequences of [Record] and yields each [Finding] as soon as
// it is certain. It is a merge join: memory holds the records of one key and
// not of one side, whatever the number of records, and records that agree
// leave nothing behind. [Run.Report] writes the findings for people, for a
// spreadsheet or for a program, and [Summary.ExitStatus] tells cron the
// outcome.
//
// # Keys and trust
//
// Records know an order by several keys, which are trusted in an order:
// Afterpay's order id, the checkout token, and the merchant reference, which
// may be replaced, or used for several attempts to pay. Refunds are known by
// refund id, request id and reference. A merge join has one sort key, so the
// keys are brought to one beforehand: every record is filed under the merchant
// reference of the payment that its strongest key names. All payments made
// for one reference and everything that concerns them thus meet in one group,
// where partners are found by the strongest key that both sides have. A weaker
// key pairs two records only where no stronger key that both have says
// otherwise.
//
// Filing sorts the records, on disk where they are many; see [SortOptions].
// Sides that are in the order of one key already, such as the rows of a query
// with ORDER BY in byte order, are compared as they stream in with
// [Options.Presorted]. What is given up: records under different keys never
// meet. Sorted by reference, an order whose reference was replaced is reported
// missing on both sides; sorted by id, an order paid twice is reported as a
// payment without an order.
//
// # Time and totals
//
// Instants are compared, never civil dates; days are those of
// [Options.Location]. A record without a partner is missing only where the
// partner would surely have been read, else it is at the [WindowEdge].
//
// The totals of both sides are kept by currency, day and kind of record, apart
// from the findings. That Σ left − Σ right equals the signed sum of the
// findings in each of them is the proof that nothing was passed over; see
// [Summary.Balanced].
//
// What each class of finding means and what to do about it is written for
// finance people in docs/reconciliation.md.
package reconcile
