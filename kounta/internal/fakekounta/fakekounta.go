// Package fakekounta is a Kounta in memory with the quirks of the real one: new
// orders and payments are readable only after a lag, the response to a POST is
// null with a Location, lists are abridged and have 25 orders a page, and an
// expired token is a 400.
package fakekounta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/afterpay-go/afterpay"
)

// The ids of the only company, its site, product and payment method.
const (
	CompanyID = 5_000_000_001 // beyond 32 bits
	SiteID    = 7
	ProductID = 8
	MethodID  = 9
	Token     = "access"

	firstID = 9_000_000_000
)

// Fault is what goes wrong with a request.
type Fault int

// The faults.
const (
	None        Fault = iota
	Unavailable       // 503, and nothing was done
	Limited           // 429 with a reset in a second
	Refused           // the connection is closed, and nothing was done
	Lost              // it was carried out, and the response is lost
	Slow              // it takes a second
)

// Payment is a payment row of an order.
type Payment struct {
	Amount json.Number
	Ref    string
	At     time.Time
}

// Order is an order in the ledger.
type Order struct {
	ID         int64
	SaleNumber string
	Status     string
	Placed     string
	Total      afterpay.Amount
	Payments   []Payment
	Made       time.Time
}

// Kounta is an http.Handler. It is safe for concurrent use.
type Kounta struct {
	Lag time.Duration
	// Fault, if not nil, decides about each request. It may be called by several
	// goroutines at once.
	Fault func(r *http.Request) Fault
	Now   func() time.Time

	mu       sync.Mutex
	orders   []*Order
	requests int
}

// New returns an empty Kounta whose reads lag.
func New(lag time.Duration) *Kounta { return &Kounta{Lag: lag, Now: time.Now} }

// Ledger returns copies of all orders, including those that are not readable yet.
func (k *Kounta) Ledger() []Order {
	k.mu.Lock()
	defer k.mu.Unlock()
	ledger := make([]Order, len(k.orders))
	for i, o := range k.orders {
		ledger[i] = *o
		ledger[i].Payments = slices.Clone(o.Payments)
	}
	return ledger
}

// Change changes the order with a sale number behind the API's back.
func (k *Kounta) Change(saleNumber string, f func(*Order)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.orders {
		if o.SaleNumber == saleNumber {
			f(o)
		}
	}
}

// Requests returns how many requests arrived.
func (k *Kounta) Requests() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.requests
}

// ServeHTTP implements http.Handler.
func (k *Kounta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := None
	if k.Fault != nil {
		fault = k.Fault(r)
	}
	switch fault {
	case Unavailable:
		http.Error(w, "<html>", http.StatusServiceUnavailable)
		return
	case Limited:
		w.Header().Set("X-Ratelimit-Reset", "1")
		http.Error(w, "{}", http.StatusTooManyRequests)
		return
	case Refused:
		panic(http.ErrAbortHandler)
	case Slow:
		<-time.After(time.Second)
	case None, Lost:
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	if fault == Lost {
		k.route(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}
	k.route(w, r)
}

// discard is a response that nobody receives.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func (k *Kounta) route(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	company := fmt.Sprintf("/v1/companies/%d", int64(CompanyID))
	mux.HandleFunc("GET /v1/companies/me", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"id": int64(CompanyID), "currency": "AUD", "timezone": map[string]string{"name": "Australia/Brisbane", "offset": "+10:00"}})
	})
	mux.HandleFunc("GET "+company+"/payment_methods", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, []any{map[string]any{"id": 1, "name": "Cash"}, map[string]any{"id": MethodID, "name": "Afterpay"}})
	})
	mux.HandleFunc("GET "+company+"/orders", k.list)
	mux.HandleFunc("POST "+company+"/orders", k.create)
	mux.HandleFunc("GET "+company+"/orders/{id}", k.get)
	mux.HandleFunc("PUT "+company+"/orders/{id}", k.put)
	mux.HandleFunc("POST "+company+"/orders/{id}/payments", k.pay)
	if _, _, basic := r.BasicAuth(); !basic && r.Header.Get("Authorization") != "Bearer "+Token {
		http.Error(w, `{"error":"the access token expired"}`, http.StatusBadRequest)
		return
	}
	mux.ServeHTTP(w, r)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client may have left
}

func (k *Kounta) readable(at time.Time) bool { return k.Now().Sub(at) >= k.Lag }

const pageSize = 25

func (k *Kounta) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	low, lowErr := afterpay.ParseMoney(query.Get("value_gte"), afterpay.CurrencyAUD)
	high, highErr := afterpay.ParseMoney(query.Get("value_lte"), afterpay.CurrencyAUD)
	found := []any{} // an empty list is not null
	for _, o := range k.orders {
		switch {
		case lowErr == nil && o.Total < low.Amount, highErr == nil && o.Total > high.Amount:
		case !k.readable(o.Made), o.Made.Format(time.DateOnly) < query.Get("created_gte"):
		default:
			found = append(found, o.body(false, nil))
		}
	}
	start, _ := strconv.Atoi(query.Get("page")) // the first page has none
	start *= pageSize
	if end := start + pageSize; end < len(found) {
		query.Set("page", strconv.Itoa(start/pageSize+1))
		w.Header().Set("X-Next-Page", "http://"+r.Host+r.URL.Path+"?"+query.Encode())
		found = found[:end]
	}
	reply(w, found[min(start, len(found)):])
}

// body returns an order as it is sent; lists leave out the payments.
func (o *Order) body(full bool, payments []any) map[string]any {
	b := map[string]any{
		"id": o.ID, "id_str": strconv.FormatInt(o.ID, 10), "sale_number": o.SaleNumber, "status": o.Status,
		"placed_at": o.Placed, "created_at": o.Made.Format(time.RFC3339), "total": json.Number(o.Total.String()),
	}
	if full {
		b["payments"] = payments
	}
	return b
}

func (k *Kounta) order(w http.ResponseWriter, r *http.Request) *Order {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if n := id - firstID; err == nil && n >= 0 && n < int64(len(k.orders)) && k.readable(k.orders[n].Made) {
		return k.orders[n]
	}
	http.Error(w, `{"error":"not found"}`, http.StatusNotFound)
	return nil
}

func (k *Kounta) get(w http.ResponseWriter, r *http.Request) {
	o := k.order(w, r)
	if o == nil {
		return
	}
	payments := []any{}
	for i, p := range o.Payments {
		if k.readable(p.At) {
			payments = append(payments, map[string]any{
				"number": i + 1, "method": map[string]any{"id": MethodID, "name": "Afterpay"}, "amount": p.Amount, "ref": p.Ref,
			})
		}
	}
	reply(w, o.body(true, payments))
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		http.Error(w, `{"error":"bad request"}`, http.StatusBadRequest)
		return false
	}
	return true
}

func (k *Kounta) create(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Status     string `json:"status"`
		SaleNumber string `json:"sale_number"`
		SiteID     int64  `json:"site_id"`
		PlacedAt   string `json:"placed_at"`
		Lines      []struct {
			UnitPrice afterpay.Amount `json:"unit_price"`
		} `json:"lines"`
	}
	if !decode(w, r, &body) {
		return
	}
	if body.SiteID != SiteID || len(body.Lines) != 1 {
		http.Error(w, `{"error":"bad site or lines"}`, http.StatusUnprocessableEntity)
		return
	}
	o := &Order{
		ID: firstID + int64(len(k.orders)), SaleNumber: body.SaleNumber, Status: body.Status,
		Placed: body.PlacedAt, Total: body.Lines[0].UnitPrice, Made: k.Now(),
	}
	k.orders = append(k.orders, o)
	created(w, fmt.Sprintf("%s/%d.json", r.URL.Path, o.ID))
}

// created responds to a POST.
func created(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte("null")) // the client may have left
}

func (k *Kounta) put(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Status string `json:"status"`
	}
	if o := k.order(w, r); o != nil && decode(w, r, &body) {
		o.Status = body.Status
		reply(w, nil)
	}
}

func (k *Kounta) pay(w http.ResponseWriter, r *http.Request) {
	var body struct {
		MethodID int64       `json:"method_id"`
		Amount   json.Number `json:"amount"`
		Ref      string      `json:"ref"`
	}
	o := k.order(w, r)
	if o == nil || !decode(w, r, &body) {
		return
	}
	if body.MethodID != MethodID {
		http.Error(w, `{"error":"unknown method"}`, http.StatusUnprocessableEntity)
		return
	}
	o.Payments = append(o.Payments, Payment{body.Amount, body.Ref, k.Now()})
	created(w, fmt.Sprintf("%s/%d", r.URL.Path, len(o.Payments)))
}
