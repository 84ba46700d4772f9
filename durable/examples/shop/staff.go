package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/afterpay-go/afterpay/durable"
)

func (s *shop) staffOrders(w http.ResponseWriter, r *http.Request) error {
	all, err := s.orders.all(r.Context())
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "staff-orders", view{Title: "Orders", Data: all})
}

// operations lists what is not settled: what waits for a person, and what is
// tried again.
func (s *shop) operations(w http.ResponseWriter, r *http.Request) error {
	var parked, pending []*durable.Status
	for status, err := range s.queue.All(r.Context(), durable.Filter{}) {
		switch {
		case err != nil:
			return err
		case status.State == durable.Review:
			parked = append(parked, status)
		case status.State == durable.Pending, status.State == durable.Resolving:
			pending = append(pending, status)
		}
	}
	waiting, err := s.orders.waiting(r.Context())
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "operations", view{Title: "Operations", Data: struct {
		Waiting         []*order
		Parked, Pending []*durable.Status
		Done            string
	}{waiting, parked, pending, r.FormValue("done")}})
}

// review tries a parked operation again, or gives up one that Afterpay refused.
func (s *shop) review(w http.ResponseWriter, r *http.Request) error {
	ctx, id, done := r.Context(), r.PostFormValue("id"), "retry"
	if r.PostFormValue("give-up") != "" {
		done = "give-up"
	}
	status, err := s.queue.Get(ctx, id)
	if err == nil {
		switch {
		case done == "retry":
			err = s.queue.Replay(ctx, id, "staff")
		case status.Reason == durable.Refused: // after another reason money may have moved
			err = s.queue.Resolve(ctx, id, durable.Rejected, "staff", "given up after a refusal")
		case status.State == durable.Review:
			return errBadRequest
		}
	}
	if errors.Is(err, durable.ErrUnknown) {
		return errBadRequest
	}
	if err != nil && !errors.Is(err, durable.ErrNotInReview) { // a second click
		return err
	}
	return see(w, r, "/staff/operations?done="+done)
}

func (s *shop) health(w http.ResponseWriter, r *http.Request) error {
	health, err := s.queue.Health(r.Context())
	if err != nil {
		return err
	}
	waiting, err := s.orders.waiting(r.Context())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	defer cancel()
	return s.render(w, r, http.StatusOK, "health", view{Title: "Health", Data: struct {
		*durable.Health
		Waiting   int // orders that a person has to look at
		Reachable bool
	}{health, len(waiting), s.client.Ping(ctx) == nil}})
}
