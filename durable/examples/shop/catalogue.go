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

// with returns the cart with n of a product. 0 takes it out.
func (c cart) with(id string, n int) cart {
	c = slices.DeleteFunc(slices.Clone(c), func(l line) bool { return l.ID == id })
	p, ok := findProduct(id)
	if !ok || n < 1 {
		return c
	}
	n = min(n, maxQuantity)
	total, err := p.Price.Mul(int64(n))
	if err != nil {
		return c // out of reach for a price and a quantity of the catalogue
	}
	return append(c, line{p, n, total})
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
	http.SetCookie(w, &http.Cookie{
		Name: "cart", Value: strings.Join(texts, "."), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (c cart) items() []afterpay.Item {
	items := make([]afterpay.Item, len(c))
	for i, l := range c {
		items[i] = afterpay.Item{Name: l.Name, SKU: l.ID, Quantity: l.Quantity, Price: l.Price}
	}
	return items
}
