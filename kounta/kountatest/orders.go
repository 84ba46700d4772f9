package kountatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Order is an order in the fake's books.
type Order struct {
	ID         int64
	SiteID     int64
	CustomerID int64
	SaleNumber string
	Status     string
	PlacedAt   string // as it was sent
	Notes      string
	Total      int64 // hundredths
	Payments   []Payment
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Payment is a payment of an order, or a refund if its amount is negative.
type Payment struct {
	MethodID  int64
	Amount    int64 // hundredths
	Ref       string
	CreatedAt time.Time
}

// Orders returns copies of all orders, including those still invisible to reads.
func (k *Kounta) Orders() []Order {
	k.mu.Lock()
	defer k.mu.Unlock()
	orders := make([]Order, len(k.orders))
	for i, o := range k.orders {
		orders[i] = *o
		orders[i].Payments = slices.Clone(o.Payments)
	}
	return orders
}

// Change calls f with every order that has the sale number, to change it as a
// person at the till would.
func (k *Kounta) Change(saleNumber string, f func(*Order)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.orders {
		if o.SaleNumber == saleNumber {
			f(o)
		}
	}
}

func (k *Kounta) readable(at time.Time) bool { return k.options.Now().Sub(at) >= k.options.Lag }

func (k *Kounta) listOrders(w http.ResponseWriter, r *http.Request) { k.selectOrders(w, r, nil) }

// getOrder sends one order, or a list if the path continues with filters.
func (k *Kounta) getOrder(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.PathValue("rest"), "/")
	if id, err := strconv.ParseInt(parts[0], 10, 64); err != nil || len(parts) > 1 {
		k.selectOrders(w, r, parts)
	} else if o := k.order(w, id); o != nil {
		reply(w, k.orderBody(o, true))
	}
}

// order returns an order that can be read.
func (k *Kounta) order(w http.ResponseWriter, id int64) *Order {
	if n := id - firstID; n >= 0 && n < int64(len(k.orders)) && k.readable(k.orders[n].CreatedAt) {
		return k.orders[n]
	}
	refuse(w, http.StatusNotFound, "not found")
	return nil
}

// selectOrders sends a list of orders. The path holds filters: a status, and
// pairs such as sites/7.
func (k *Kounta) selectOrders(w http.ResponseWriter, r *http.Request, filters []string) {
	found := []any{}
	for _, o := range k.orders {
		if !k.readable(o.CreatedAt) || !o.hasAll(filters) {
			continue
		}
		selected, err := k.inQuery(o, r.URL.Query())
		if err != nil {
			refuse(w, http.StatusBadRequest, "bad filter")
			return
		}
		if selected {
			found = append(found, k.orderBody(o, false))
		}
	}
	k.list(w, r, found)
}

// hasAll reports whether an order matches the filters in the path.
func (o *Order) hasAll(filters []string) bool {
	if len(filters)%2 == 1 {
		if filters[0] != strings.ToLower(o.Status) {
			return false
		}
		filters = filters[1:]
	}
	for i := 0; i < len(filters); i += 2 {
		value := map[string]int64{"sites": o.SiteID, "customers": o.CustomerID}[filters[i]]
		if filters[i+1] != strconv.FormatInt(value, 10) {
			return false
		}
	}
	return true
}

// inQuery reports whether an order matches the filters in the query.
func (k *Kounta) inQuery(o *Order, query url.Values) (bool, error) {
	if !strings.HasPrefix(o.SaleNumber, query.Get("sale_number")) {
		return false, nil
	}
	for name, values := range query {
		field, comparison, _ := strings.Cut(name, "_")
		var order int
		switch field {
		case "created":
			if _, err := time.Parse(time.DateOnly, values[0]); err != nil {
				return false, err
			}
			order = strings.Compare(o.CreatedAt.In(k.zone).Format(time.DateOnly), values[0])
		case "value":
			limit, err := hundredths(values[0])
			if err != nil {
				return false, err
			}
			order = int(min(max(o.Total-limit, -1), 1))
		default:
			continue
		}
		if !map[string]bool{"lt": order < 0, "lte": order <= 0, "gt": order > 0, "gte": order >= 0}[comparison] {
			return false, nil
		}
	}
	return true, nil
}

// orderBody returns an order as it is sent. Lists leave out the payments, and
// have the older word for a complete order.
func (k *Kounta) orderBody(o *Order, full bool) map[string]any {
	body := map[string]any{
		"id": o.ID, "id_str": strconv.FormatInt(o.ID, 10), "company_id": int64(CompanyID), "site_id": o.SiteID,
		"status": o.Status, "sale_number": o.SaleNumber, "total": number(o.Total),
		"placed_at": o.PlacedAt, "created_at": k.time(o.CreatedAt), "updated_at": k.time(o.UpdatedAt),
	}
	if !full {
		if o.Status == "COMPLETE" {
			body["status"] = "COMPLETED"
		}
		return body
	}
	payments := []any{}
	paid := int64(0)
	for i, p := range o.Payments {
		if k.readable(p.CreatedAt) {
			paid += p.Amount
			payments = append(payments, map[string]any{
				"number": i + 1, "method": methodBody(p.MethodID), "amount": number(p.Amount), "ref": p.Ref, "created_at": k.time(p.CreatedAt),
			})
		}
	}
	body["payments"], body["paid"], body["notes"] = payments, number(paid), o.Notes
	return body
}

func (k *Kounta) time(t time.Time) string { return t.In(k.zone).Format(time.RFC3339) }

func (k *Kounta) createOrder(w http.ResponseWriter, r *http.Request) {
	body, ok := decode(w, r)
	if !ok {
		return
	}
	total, err := linesTotal(body["lines"])
	if err != nil || integer(body, "site_id") != SiteID {
		refuse(w, http.StatusUnprocessableEntity, "bad site or lines")
		return
	}
	now := k.options.Now()
	o := &Order{
		ID: firstID + int64(len(k.orders)), SiteID: SiteID, CustomerID: integer(body, "customer_id"), SaleNumber: text(body, "sale_number"),
		Status: text(body, "status"), PlacedAt: text(body, "placed_at"), Notes: text(body, "notes"), Total: total, CreatedAt: now, UpdatedAt: now,
	}
	if o.Status == "" {
		o.Status = "SUBMITTED"
	}
	if o.PlacedAt == "" {
		o.PlacedAt = k.time(now)
	}
	if _, err := time.Parse(time.RFC3339, o.PlacedAt); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "bad placed_at")
		return
	}
	k.orders = append(k.orders, o)
	k.changed(o, "")
	created(w, r, o.ID)
}

// linesTotal adds up the lines of a new order.
func linesTotal(lines any) (int64, error) {
	total := int64(0)
	list, _ := lines.([]any)
	for _, element := range list {
		line, _ := element.(map[string]any)
		price, err := amount(line, "unit_price")
		if err != nil || integer(line, "product_id") != ProductID || integer(line, "quantity") < 1 {
			return 0, errors.New("bad line")
		}
		total += price * integer(line, "quantity")
	}
	if len(list) == 0 {
		return 0, errors.New("no lines")
	}
	return total, nil
}

// orderAndBody returns what a write to an order is about, or writes the refusal.
func (k *Kounta) orderAndBody(w http.ResponseWriter, r *http.Request) (o *Order, body map[string]any, ok bool) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // 0 is not found
	if o = k.order(w, id); o == nil {
		return nil, nil, false
	}
	body, ok = decode(w, r)
	return o, body, ok
}

func (k *Kounta) putOrder(w http.ResponseWriter, r *http.Request) {
	o, body, ok := k.orderAndBody(w, r)
	if !ok {
		return
	}
	was := o.Status
	o.Status, o.UpdatedAt = text(body, "status"), k.options.Now()
	k.changed(o, was)
	reply(w, nil)
}

func (k *Kounta) pay(w http.ResponseWriter, r *http.Request) {
	o, body, ok := k.orderAndBody(w, r)
	if !ok {
		return
	}
	paid, err := amount(body, "amount")
	if method := integer(body, "method_id"); err != nil || method != MethodID && method != CashID {
		refuse(w, http.StatusUnprocessableEntity, "bad amount or method")
		return
	}
	o.Payments = append(o.Payments, Payment{integer(body, "method_id"), paid, text(body, "ref"), k.options.Now()})
	created(w, r, int64(len(o.Payments)))
}

// amount reads an amount, which must be a JSON number.
func amount(body map[string]any, field string) (int64, error) {
	n, ok := body[field].(json.Number)
	if !ok {
		return 0, fmt.Errorf("%s is not a number", field)
	}
	return hundredths(n.String())
}

// hundredths reads a decimal number with at most two decimals.
func hundredths(text string) (int64, error) {
	r, ok := new(big.Rat).SetString(text)
	if !ok || !r.Mul(r, big.NewRat(100, 1)).IsInt() || !r.Num().IsInt64() {
		return 0, fmt.Errorf("%q is not an amount", text)
	}
	return r.Num().Int64(), nil
}

// number returns hundredths as a JSON number.
func number(hundredths int64) json.Number {
	return json.Number(big.NewRat(hundredths, 100).FloatString(2))
}
