// Package radialtest stands in for Radial's payments service in tests: a server
// in memory that keeps sessions, authorizations and settlements, takes only
// what the published tables allow, and can fail in every way that a client has
// to be ready for.
//
//	client, server := radialtest.NewClient(t)
//	reply, err := client.InitializePaymentAuthorization(ctx, request)
//	server.Confirm(reply.PaymentID) // the shopper agrees
//	_, err = client.GetPaymentAuthorization(ctx, …)
//
// It reads and writes its own XML and none of package radial's, so that a
// mistake there cannot hide here. Where Radial's behaviour is not published, the
// package has to choose one, and the doc comments say so.
package radialtest
