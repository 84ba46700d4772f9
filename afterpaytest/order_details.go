package afterpaytest

import (
	"time"
)

// content is what an order consists of, in the terms of API v2. A nil string
// was not sent.
type content struct {
	consumer        *consumer
	billing         *contact
	shipping        *contact
	courier         courier
	items           []item
	discounts       []discount
	taxAmount       *money
	shippingAmount  *money
	description     *string
	purchaseCountry *string
}

type courier struct {
	shippedAt                time.Time
	name, tracking, priority *string
}

type item struct {
	name                  string
	sku                   *string
	quantity              int64
	pageURL, imageURL     *string
	price                 money
	categories            [][]string
	estimatedShipmentDate *string
	preorder              *bool
}

type discount struct {
	displayName string
	amount      money
}

// The longest texts that the service accepts, in characters.
const (
	limitName      = 255
	limitText      = 128
	limitPhone     = 32
	limitURL       = 2048
	limitCountry   = 2
	limitItems     = 100
	limitRequestID = 64
	limitRefundRef = 85
	limitSummary   = 256
)

// readContent reads the details of an order from a request to create it. An
// express checkout may leave out the consumer. All amounts must be in the
// currency of the order.
func readContent(o *object, currency string, express bool) content {
	c := content{
		consumer:        readConsumer(o, !express),
		billing:         readContact(o.child("billing")),
		shipping:        readContact(o.child("shipping")),
		items:           readItems(o, currency),
		discounts:       readDiscounts(o, currency),
		taxAmount:       o.moneyIn(currency, "taxAmount"),
		shippingAmount:  o.moneyIn(currency, "shippingAmount"),
		description:     o.text("description", limitSummary),
		purchaseCountry: o.country("purchaseCountry"),
	}
	if sent := o.child("courier"); sent != nil {
		c.courier = readCourier(sent)
	}
	return c
}

func readCourier(c *object) courier {
	defer c.close()
	result := courier{
		shippedAt: c.instant("shippedAt"),
		name:      c.text("name", limitText),
		tracking:  c.text("tracking", limitText),
	}
	if priority := c.choice("priority", "STANDARD", "EXPRESS"); priority != "" {
		result.priority = &priority
	}
	return result
}

func readItems(o *object, currency string) []item {
	sent := o.children("items")
	if len(sent) > limitItems {
		o.doc.fault(o.at("items"), "size must be between 0 and 100")
	}
	items := make([]item, 0, len(sent))
	for _, i := range sent {
		read := item{
			name:  i.required("name", limitName),
			sku:   i.text("sku", limitText),
			price: i.gratis(currency, "price"),
		}
		switch quantity := i.integer("quantity"); {
		case quantity == nil:
			i.doc.fault(i.at("quantity"), "may not be null")
		case *quantity <= 0:
			i.doc.fault(i.at("quantity"), "must be greater than or equal to 1")
		default:
			read.quantity = *quantity
		}
		if o.doc.version == v2 {
			read.pageURL, read.imageURL = i.text("pageUrl", limitURL), i.text("imageUrl", limitURL)
			read.categories = i.paths("categories")
			read.estimatedShipmentDate = i.text("estimatedShipmentDate", 0)
			read.preorder = i.boolean("preorder")
		}
		i.close()
		items = append(items, read)
	}
	return items
}

// paths returns an array of arrays of strings: category paths, root first.
func (o *object) paths(name string) [][]string {
	value := o.get(name)
	if value == nil {
		return nil
	}
	outer, ok := value.([]any)
	if !ok {
		o.doc.malformed = true
		return nil
	}
	result := make([][]string, 0, len(outer))
	for _, element := range outer {
		inner, ok := element.([]any)
		if !ok {
			o.doc.malformed = true
			return nil
		}
		path := make([]string, 0, len(inner))
		for _, step := range inner {
			text, ok := step.(string)
			if !ok {
				o.doc.malformed = true
				return nil
			}
			path = append(path, text)
		}
		result = append(result, path)
	}
	return result
}

func readDiscounts(o *object, currency string) []discount {
	sent := o.children("discounts")
	discounts := make([]discount, 0, len(sent))
	for _, d := range sent {
		discounts = append(discounts, discount{
			displayName: d.required("displayName", limitText),
			amount:      d.gratis(currency, "amount"),
		})
		d.close()
	}
	return discounts
}

// plain returns the text, or "" if it was not sent.
func plain(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// nonEmpty returns nil for empty text.
func nonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

type wireCourier struct {
	ShippedAt string  `json:"shippedAt,omitempty"`
	Name      *string `json:"name,omitempty"`
	Tracking  *string `json:"tracking,omitempty"`
	Priority  *string `json:"priority,omitempty"`
}

type wireItem struct {
	Name                  string      `json:"name"`
	SKU                   *string     `json:"sku,omitempty"`
	Quantity              int64       `json:"quantity"`
	PageURL               *string     `json:"pageUrl,omitempty"`
	ImageURL              *string     `json:"imageUrl,omitempty"`
	Price                 wireMoney   `json:"price"`
	Categories            *[][]string `json:"categories,omitempty"`
	EstimatedShipmentDate *string     `json:"estimatedShipmentDate,omitempty"`
	Preorder              *bool       `json:"preorder,omitempty"`
}

type wireDiscount struct {
	DisplayName string    `json:"displayName"`
	Amount      wireMoney `json:"amount"`
}

type wireOrderDetails struct {
	Consumer       *wireConsumer  `json:"consumer,omitempty"`
	Billing        *wireContact   `json:"billing,omitempty"`
	Shipping       *wireContact   `json:"shipping,omitempty"`
	Courier        wireCourier    `json:"courier"`
	Items          []wireItem     `json:"items"`
	Discounts      []wireDiscount `json:"discounts"`
	ShippingAmount *wireMoney     `json:"shippingAmount,omitempty"`
	TaxAmount      *wireMoney     `json:"taxAmount,omitempty"`
}

func onWireIfSent(m *money) *wireMoney {
	if m == nil {
		return nil
	}
	wire := onWire(*m)
	return &wire
}

func (c courier) wire() wireCourier {
	wire := wireCourier{Name: c.name, Tracking: c.tracking, Priority: c.priority}
	if !c.shippedAt.IsZero() {
		wire.ShippedAt = timestamp(c.shippedAt)
	}
	return wire
}

func wireItems(items []item, m model) []wireItem {
	wires := make([]wireItem, len(items))
	for i, it := range items {
		wires[i] = wireItem{
			Name: it.name, SKU: it.sku, Quantity: it.quantity,
			PageURL: it.pageURL, ImageURL: it.imageURL, Price: onWire(it.price),
			EstimatedShipmentDate: it.estimatedShipmentDate, Preorder: it.preorder,
		}
		if it.categories != nil {
			wires[i].Categories = &it.categories
		} else if m == readModel {
			wires[i].Categories = &[][]string{}
		}
	}
	return wires
}

func wireDiscounts(discounts []discount) []wireDiscount {
	wires := make([]wireDiscount, len(discounts))
	for i, d := range discounts {
		wires[i] = wireDiscount{d.displayName, onWire(d.amount)}
	}
	return wires
}

type wireOrderDetailsV1 struct {
	Consumer       *wireConsumer  `json:"consumer,omitempty"`
	Billing        *wireContactV1 `json:"billing,omitempty"`
	Shipping       *wireContactV1 `json:"shipping,omitempty"`
	Courier        wireCourier    `json:"courier"`
	Items          []wireItem     `json:"items"`
	Discounts      []wireDiscount `json:"discounts"`
	ShippingAmount *wireMoney     `json:"shippingAmount,omitempty"`
	TaxAmount      *wireMoney     `json:"taxAmount,omitempty"`
}
