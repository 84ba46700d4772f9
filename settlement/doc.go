// Package settlement reads the settlement reports that Afterpay writes as CSV
// and adds their rows up to the deposits that reach the bank.
//
// Both documented layouts are read: the export of the Business Hub's
// reconciliation tab and the settlement file of the Partner API. Columns are
// found by their header, in any order; columns this package does not know are
// kept in [Row.Extra].
//
// A report leaves out three things a reader must know, and [Options] carries
// them: the time zone of its times, the order of day and month in its dates
// and, in the Hub layout, the currency of its amounts. What the file itself
// decides need not be given; what it leaves open is an error, never a guess.
//
// [Read] streams: memory does not grow with the file. Every fault names its
// row and column ([Error]), and the loop may go on with the next row.
package settlement
