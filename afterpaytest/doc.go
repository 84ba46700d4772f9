// Package afterpaytest is an Afterpay in memory, to test a shop with.
package afterpaytest
