package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/afterpay-go/afterpay"
)

// product is something to buy.
type product struct {
	ID, Name, Text string
	Price          afterpay.Money
}

var products = []product{
	{"mug", "Stoneware mug", "Thrown by hand and glazed in sea green. Holds 350 ml.", afterpay.USD(24_00)},
	{"jumper", "Merino jumper", "Fine wool from one farm, knitted in one piece. Three colours, one price.", afterpay.USD(89_95)},
	{"sofa", "Linen sofa", "Three seats, an oak frame and covers that come off for washing.", afterpay.USD(1_450_00)},
	{"card", "Greeting card", "Letterpress on cotton paper, with an envelope.", afterpay.USD(4_50)},
}

func findProduct(id string) (product, bool) {
	i := slices.IndexFunc(products, func(p product) bool { return p.ID == id })
	if i < 0 {
		return product{}, false
	}
	return products[i], true
}

const maxQuantity = 20

// line is a product in the cart. Quantity is 1 to maxQuantity.
type line struct {
	product

	Quantity int
	Total    afterpay.Money
}

// cart is what the shopper wants to buy. It lives in a cookie, such as
// "mug:2.card:1", that holds no prices.
type cart []line

func readCart(r *http.Request) cart {
	cookie, err := r.Cookie("cart")
	if err != nil {
		return nil
	}
	var c cart
	for _, text := range strings.Split(cookie.Value, ".") {
		id, count, _ := strings.Cut(text, ":")
		if n, err := strconv.Atoi(count); err == nil {
			c = c.with(id, n)
		}
	}
	return c
}

// with returns the cart with n of a product, at most maxQuantity. 0 takes it out.
func (c cart) with(id string, n int) cart {
	c = slices.Clone(c)
	i := slices.IndexFunc(c, func(l line) bool { return l.ID == id })
	p, ok := findProduct(id)
	n = min(n, maxQuantity)
	total, err := p.Price.Mul(int64(n))
	switch {
	case !ok || n < 1 || err != nil: // no price of the catalogue is out of range
		return slices.DeleteFunc(c, func(l line) bool { return l.ID == id })
	case i < 0:
		return append(c, line{p, n, total})
	}
	c[i] = line{p, n, total}
	return c
}

func (c cart) quantity(id string) int {
	for _, l := range c {
		if l.ID == id {
			return l.Quantity
		}
	}
	return 0
}

func (c cart) count() (n int) {
	for _, l := range c {
		n += l.Quantity
	}
	return n
}

func (c cart) total() (afterpay.Money, error) {
	total := afterpay.USD(0)
	for _, l := range c {
		var err error
		if total, err = total.Add(l.Total); err != nil {
			return total, err
		}
	}
	return total, nil
}

// write stores the cart in the shopper's browser.
func (c cart) write(w http.ResponseWriter) {
	texts := make([]string, len(c))
	for i, l := range c {
		texts[i] = l.ID + ":" + strconv.Itoa(l.Quantity)
	}
	setCookie(w, "cart", strings.Join(texts, "."))
}

func (c cart) items() []afterpay.Item {
	items := make([]afterpay.Item, len(c))
	for i, l := range c {
		items[i] = afterpay.Item{Name: l.Name, SKU: l.ID, Quantity: l.Quantity, Price: l.Price}
	}
	return items
}
