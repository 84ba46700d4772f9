package main

import (
	"context"
	"net/http"
)

// create posts an order of three items, and what is like it elsewhere, to a
// RoundTripper that answers from memory.
func create(ctx context.Context, s settings) error {
	rt := &canned{http.StatusCreated, []byte(created)}
	hc := &http.Client{Transport: rt}
	fast, target := newTuned(rt), parsed(host+"/v2/checkouts")
	client := ours(rt)
	return compare("Create an order, in memory", "call", 1, s, append([]contender{
		{"raw, naive", func() error {
			var out rawCreated
			return naive(ctx, hc, http.MethodPost, host+"/v2/checkouts", rawCart, &out)
		}},
		{"raw, tuned", func() error {
			var out rawCreated
			return fast.call(ctx, http.MethodPost, target, rawCart, &out)
		}},
		{"afterpay", func() error {
			_, err := client.Orders.Create(ctx, cart)
			return err
		}},
	}, others(ctx)...))
}
