package main

import (
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
)

func (s *shop) home(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "home", view{Title: "Shop", Data: products})
}

func (s *shop) product(w http.ResponseWriter, r *http.Request) error {
	p, ok := findProduct(r.PathValue("id"))
	if !ok {
		return sql.ErrNoRows
	}
	return s.render(w, r, http.StatusOK, "product", view{Title: p.Name, Data: struct {
		product
		Instalments []afterpay.Money
	}{p, s.instalments(r, p.Price)}})
}

// instalments returns the four payments of a price. It returns none if Afterpay
// does not take the amount, or cannot be asked.
func (s *shop) instalments(r *http.Request, price afterpay.Money) []afterpay.Money {
	limits, err := s.client.Configuration.Get(r.Context()) // cached
	if err != nil || !limits.Allows(price) {
		return nil
	}
	four, err := price.Split(4)
	if err != nil {
		return nil
	}
	return four
}

// cartView is what the cart and checkout pages show.
type cartView struct {
	Lines       cart
	Total       afterpay.Money
	Instalments []afterpay.Money

	Nonce  string // of this checkout
	Fields []field
	Error  string
}

func (s *shop) viewCart(r *http.Request) (cartView, error) {
	c := readCart(r)
	total, err := c.total()
	if err != nil {
		return cartView{}, err
	}
	return cartView{Lines: c, Total: total, Instalments: s.instalments(r, total)}, nil
}

func (s *shop) cart(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewCart(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "cart", view{Title: "Cart", Data: v})
}

// changeCart adds a product to the cart, sets its quantity, or removes it.
func (s *shop) changeCart(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.PostFormValue("quantity"))
	if err != nil {
		return errBadRequest
	}
	c, id := readCart(r), r.PostFormValue("product")
	switch {
	case r.PostFormValue("remove") != "":
		n = 0
	case r.PostFormValue("add") != "":
		n += c.quantity(id)
	}
	c.with(id, n).write(w)
	return see(w, r, "/cart")
}

// field is an input of the checkout form. Its name is the path of the field in
// the request, which is also how an afterpay.Error names it.
type field struct {
	Name, Label, Autocomplete, Type string
	Optional                        bool
	Value, Error                    string
}

func checkoutFields() []field {
	return []field{
		{Name: "consumer.givenNames", Label: "First name", Autocomplete: "given-name"},
		{Name: "consumer.surname", Label: "Last name", Autocomplete: "family-name"},
		{Name: "consumer.email", Label: "E-mail", Autocomplete: "email", Type: "email"},
		{Name: "consumer.phoneNumber", Label: "Phone", Autocomplete: "tel", Type: "tel", Optional: true},
		{Name: "shipping.line1", Label: "Street and number", Autocomplete: "address-line1"},
		{Name: "shipping.line2", Label: "Apartment", Autocomplete: "address-line2", Optional: true},
		{Name: "shipping.area1", Label: "City", Autocomplete: "address-level2"},
		{Name: "shipping.region", Label: "State", Autocomplete: "address-level1"},
		{Name: "shipping.postcode", Label: "ZIP code", Autocomplete: "postal-code"},
	}
}

func (s *shop) checkout(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewCart(r)
	if err != nil {
		return err
	}
	if len(v.Lines) == 0 {
		return see(w, r, "/cart")
	}
	shopperID(w, r) // before the form can be sent twice
	v.Nonce, v.Fields = rand.Text(), checkoutFields()
	return s.render(w, r, http.StatusOK, "checkout", view{Title: "Checkout", Data: v})
}

// placeOrder makes the order at Afterpay and sends the shopper there. The same
// form posted twice, by a double click or the back button, is the same order.
func (s *shop) placeOrder(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewCart(r)
	if err != nil {
		return err
	}
	nonce := r.FormValue("nonce")
	if len(v.Lines) == 0 || nonce == "" {
		return see(w, r, "/cart")
	}
	request := s.orderRequest(r, v)
	contents, err := json.Marshal(request)
	if err != nil {
		return err
	}
	id := afterpay.RequestIDFor("order", nonce, string(contents))
	o, err := s.orders.get(r.Context(), id)
	if errors.Is(err, sql.ErrNoRows) {
		if err := required(r); err != nil {
			return s.refuseOrder(w, r, v, err)
		}
		request.MerchantReference = "S-" + rand.Text()[:10]
		var made *afterpay.Order
		if made, err = s.client.Orders.Create(r.Context(), request); err != nil {
			return s.refuseOrder(w, r, v, err)
		}
		o = &order{
			ID: id, Number: request.MerchantReference, Shopper: shopperID(w, r), Request: request,
			Token: made.Token, Checkout: made.RedirectCheckoutURL,
		}
		if err = s.orders.place(r.Context(), o); err == nil {
			o, err = s.orders.get(r.Context(), id) // another click may have been faster
		}
	}
	if err != nil {
		return err
	}
	return see(w, r, "/orders/"+o.ID+"/pay")
}

// required returns an error with the fields that are empty, or nil. Afterpay takes
// an order without an address, but the shop could not send it anywhere.
func required(r *http.Request) error {
	e := &afterpay.Error{Op: "shop.checkout", Kind: afterpay.ErrInvalid}
	for _, f := range checkoutFields() {
		if !f.Optional && strings.TrimSpace(r.PostFormValue(f.Name)) == "" {
			e.Fields = append(e.Fields, afterpay.FieldError{Field: f.Name, Message: "is required"})
		}
	}
	if e.Fields == nil {
		return nil
	}
	return e
}

func (s *shop) orderRequest(r *http.Request, v cartView) afterpay.CreateOrderRequest {
	value := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	consumer := afterpay.Consumer{
		GivenNames: value("consumer.givenNames"), Surname: value("consumer.surname"),
		Email: value("consumer.email"), PhoneNumber: value("consumer.phoneNumber"),
	}
	return afterpay.CreateOrderRequest{
		Amount: v.Total, Items: v.Lines.items(), Consumer: consumer,
		Shipping: afterpay.Contact{
			Name:  strings.TrimSpace(consumer.GivenNames + " " + consumer.Surname),
			Line1: value("shipping.line1"), Line2: value("shipping.line2"), Area1: value("shipping.area1"),
			Region: value("shipping.region"), Postcode: value("shipping.postcode"), CountryCode: "US",
		},
		Merchant: afterpay.Merchant{RedirectConfirmURL: s.origin + "/return", RedirectCancelURL: s.origin + "/return"},
	}
}

// refuseOrder shows the checkout form again, with what is wrong at each field.
func (s *shop) refuseOrder(w http.ResponseWriter, r *http.Request, v cartView, cause error) error {
	status, level := http.StatusServiceUnavailable, slog.LevelError // of the shop's log, unless the shopper can mend it
	v.Nonce, v.Fields, v.Error = r.FormValue("nonce"), checkoutFields(), "Afterpay does not respond. Nothing was charged. Please try again in a moment."
	wrong := make(map[string]string)
	if e, ok := errors.AsType[*afterpay.Error](cause); ok && e.Kind == afterpay.ErrInvalid {
		status, v.Error = http.StatusUnprocessableEntity, "Afterpay cannot take this order. Nothing was charged."
		for _, f := range e.Fields {
			wrong[f.Field] = f.Message
		}
	}
	for i := range v.Fields {
		f := &v.Fields[i]
		f.Value, f.Error = r.PostFormValue(f.Name), wrong[f.Name]
		if f.Error != "" {
			level = slog.LevelInfo
			v.Error = "Please check the marked fields. Nothing was charged."
		}
	}
	s.logger.Log(r.Context(), level, "order refused", "error", cause)
	return s.render(w, r, status, "checkout", view{Title: "Checkout", Data: v})
}

// shopperID identifies the browser, to find the orders it left open.
func shopperID(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := r.Cookie("shopper"); err == nil && cookie.Value != "" {
		return cookie.Value
	}
	id := rand.Text()
	setCookie(w, "shopper", id)
	return id
}

// handOff sends the shopper to Afterpay: with a redirect, or under v1 with
// afterpay.js.
func (s *shop) handOff(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if o.State != created && o.State != cancelled {
		return see(w, r, "/orders/"+o.ID)
	}
	if o.Checkout != "" {
		return see(w, r, o.Checkout)
	}
	nonce := rand.Text()
	scripts, err := s.portal.Redirect(o.Token, nonce)
	if err != nil {
		return err
	}
	directives, err := s.portal.ContentSecurityPolicy(nonce)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", s.policy(directives))
	return s.render(w, r, http.StatusOK, "pay", view{Title: "On the way to Afterpay", Data: struct {
		Order   *order
		Scripts template.HTML
	}{o, scripts}})
}

// headings say where an order is. They are also the titles of its page, which a
// screen reader reads when the page loads itself again.
var headings = map[state]string{
	created:    "This order waits for your confirmation",
	cancelled:  "You have not confirmed the payment",
	confirming: "We are confirming your payment",
	paid:       "Thank you. It is paid.",
	declined:   "Afterpay declined the payment",
	expired:    "The checkout has expired",
	replaced:   "You have placed a newer order",
	invoiced:   "Thank you. You pay by invoice.",
	problem:    "We are looking into your payment",
	solved:     "We have looked into your payment",
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := view{Title: headings[o.State], Data: o}
	if o.State == confirming {
		v.Script = "/static/follow.js"
	}
	return s.render(w, r, http.StatusOK, "order", v)
}

// orderState is what the order page asks until the outcome is known.
func (s *shop) orderState(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain")
	_, err = fmt.Fprint(w, o.State)
	return err
}

// again fills the cart with an order that was not paid, for another try.
func (s *shop) again(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	var c cart
	for _, item := range o.Request.Items {
		c = c.with(item.SKU, item.Quantity)
	}
	c.write(w)
	return see(w, r, "/checkout")
}

// invoice is the other way to pay. A checkout that is still open at Afterpay
// cannot be paid any more, because the return page refuses it.
func (s *shop) invoice(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	if _, err := s.orders.get(ctx, id); err != nil {
		return err
	}
	moved, err := move(ctx, s.db, id, invoiced, declined, cancelled)
	if err == nil && !moved {
		_, err = move(ctx, s.db, id, invoiced, expired, expired)
	}
	if err != nil {
		return err
	}
	cart(nil).write(w)
	return see(w, r, "/orders/"+id)
}
