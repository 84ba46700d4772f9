package kounta

import (
	"context"
	"iter"
)

// SitesService reads the places where a company sells.
type SitesService service

// Site is a place where the company sells.
type Site struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (s Site) id() int64 { return s.ID }

// All yields the company's sites. Iteration ends after the first error.
//
// GET /companies/{company}/sites.
func (s *SitesService) All(ctx context.Context) iter.Seq2[Site, error] {
	return pages[Site](ctx, s.client, "sites.all", s.client.path("sites"))
}

// PaymentMethodsService reads the methods of payment.
type PaymentMethodsService service

// PaymentMethod is a method of payment, such as cash.
type PaymentMethod struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (m PaymentMethod) id() int64 { return m.ID }

// All yields the company's payment methods. Iteration ends after the first
// error.
//
// GET /companies/{company}/payment_methods.
func (s *PaymentMethodsService) All(ctx context.Context) iter.Seq2[PaymentMethod, error] {
	return pages[PaymentMethod](ctx, s.client, "payment_methods.all", s.client.path("payment_methods"))
}
