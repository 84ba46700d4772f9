// Package afterpay is a client for the Afterpay Online API.
package afterpay
