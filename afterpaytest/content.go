package afterpaytest

import (
	"strings"
	"time"
)

// content is what an order is made of, in the words of API v2 whichever
// version it came in. A nil string was not sent; an empty one was, and empty.
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

type consumer struct {
	phoneNumber, givenNames, surname, email string
}

type contact struct {
	name, line1, line2, area1, area2, region, postcode, countryCode, phoneNumber *string
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

// Longest texts the service takes, in characters.
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

// readContent reads the parts of an order that a checkout request carries.
// An express checkout may leave the consumer to the shopper.
func readContent(o *object, express bool) content {
	c := content{
		consumer:        readConsumer(o, !express),
		billing:         readContact(o.child("billing")),
		shipping:        readContact(o.child("shipping")),
		items:           readItems(o),
		discounts:       readDiscounts(o),
		taxAmount:       o.money("taxAmount"),
		shippingAmount:  o.money("shippingAmount"),
		description:     o.text("description", limitSummary),
		purchaseCountry: o.text("purchaseCountry", limitCountry),
	}
	if sent := o.child("courier"); sent != nil {
		c.courier = readCourier(sent)
	}
	return c
}

// readConsumer needs an e-mail address and, in v1, both names.
func readConsumer(o *object, mandatory bool) *consumer {
	c := o.child("consumer")
	if c == nil {
		if mandatory {
			o.doc.fault(o.at("consumer"), "may not be null")
		}
		return nil
	}
	defer c.close()
	result := &consumer{phoneNumber: plain(c.text("phoneNumber", limitPhone))}
	if mandatory {
		result.email = c.required("email", limitText)
	} else {
		result.email = plain(c.text("email", limitText))
	}
	if o.doc.version == v1 {
		result.givenNames = c.required("givenNames", limitText)
		result.surname = c.required("surname", limitText)
	} else {
		result.givenNames = plain(c.text("givenNames", limitText))
		result.surname = plain(c.text("surname", limitText))
	}
	return result
}

// readContact reads an address. The service is documented to need more than
// it does on the wire; what every recorded address has is what is needed here.
func readContact(c *object) *contact {
	if c == nil {
		return nil
	}
	defer c.close()
	result := &contact{
		name:        c.text("name", limitName),
		line1:       c.text("line1", limitText),
		line2:       c.text("line2", limitText),
		postcode:    c.text("postcode", limitText),
		countryCode: c.text("countryCode", limitCountry),
		phoneNumber: c.text("phoneNumber", limitPhone),
	}
	if c.doc.version == v1 {
		result.area1, result.region = c.text("suburb", limitText), c.text("state", limitText)
	} else {
		result.area1, result.area2 = c.text("area1", limitText), c.text("area2", limitText)
		result.region = c.text("region", limitText)
	}
	for _, member := range []struct {
		name  string
		value *string
	}{{"line1", result.line1}, {"postcode", result.postcode}} {
		if strings.TrimSpace(plain(member.value)) == "" {
			c.doc.fault(c.at(member.name), "may not be empty")
		}
	}
	return result
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

func readItems(o *object) []item {
	sent := o.children("items")
	if len(sent) > limitItems {
		o.doc.fault(o.at("items"), "size must be between 0 and 100")
	}
	items := make([]item, 0, len(sent))
	for _, i := range sent {
		read := item{
			name:  i.required("name", limitName),
			sku:   i.text("sku", limitText),
			price: i.positive("price"),
		}
		if quantity := i.integer("quantity"); quantity != nil {
			read.quantity = *quantity
		} else {
			i.doc.fault(i.at("quantity"), "may not be null")
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

// paths reads an array of arrays of strings: category paths, root first.
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

func readDiscounts(o *object) []discount {
	sent := o.children("discounts")
	discounts := make([]discount, 0, len(sent))
	for _, d := range sent {
		discounts = append(discounts, discount{
			displayName: d.required("displayName", limitText),
			amount:      d.positive("amount"),
		})
		d.close()
	}
	return discounts
}

// plain turns text that wasn't sent into empty text.
func plain(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
