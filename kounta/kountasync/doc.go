// Package kountasync writes Afterpay's payments to Kounta (Lightspeed Restaurant
// O-Series): each captured amount becomes one payment of an order, and each
// refund one negative payment.
//
// Kounta has no idempotency keys. Before each POST the sync commits that it is
// sending. What is found in that state later is looked for in Kounta, once its
// reads have caught up, and sent again only if it is not there.
package kountasync
