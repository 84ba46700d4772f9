package afterpay

import "encoding/json"

func decodeOrder(d *decoder, o *Order) {
	c := content{&o.Consumer, &o.Billing, &o.Shipping, &o.Courier, &o.Items, &o.Discounts, &o.TaxAmount, &o.ShippingAmount, &o.PurchaseCountry}
	for name := range d.Members() {
		switch string(d.name(objectOrder, name)) {
		case "token":
			o.Token = d.String()
		case "expires":
			o.Expires = d.time()
		case "redirectCheckoutUrl":
			o.RedirectCheckoutURL = d.String()
		case "amount":
			o.Amount = d.money()
		case "merchant":
			decodeMerchant(d, &o.Merchant)
		case "merchantReference":
			o.MerchantReference = d.String()
		case "description":
			o.Description = d.String()
		case "mode":
			o.Mode = OrderMode(d.String())
		case "shippingOptionIdentifier":
			o.ShippingOptionIdentifier = d.String()
		case "shippingOptions":
			decodeShippingOptions(d, &o.ShippingOptions)
		case "isCashAppPay":
			o.IsCashAppPay = d.Bool()
		case "initialOrderAmount":
			o.InitialOrderAmount = d.money()
		case "custom":
			decodeCustom(d, &o.Custom)
		case "agreements":
			o.Agreements = list(d, decodeAgreement)
		default:
			c.decode(d, name)
		}
	}
}

func decodeOrderDetails(d *decoder, o *OrderDetails) {
	c := content{&o.Consumer, &o.Billing, &o.Shipping, &o.Courier, &o.Items, &o.Discounts, &o.TaxAmount, &o.ShippingAmount, &o.PurchaseCountry}
	for name := range d.Members() {
		c.decode(d, name)
	}
}

// content is what an order and a payment's order details have in common.
type content struct {
	consumer                  *Consumer
	billing, shipping         *Contact
	courier                   *Courier
	items                     *[]Item
	discounts                 *[]Discount
	taxAmount, shippingAmount *Money
	purchaseCountry           *string
}

func (c *content) decode(d *decoder, name []byte) {
	switch string(name) {
	case "consumer":
		decodeConsumer(d, c.consumer)
	case "billing":
		decodeContact(d, c.billing)
	case "shipping":
		decodeContact(d, c.shipping)
	case "courier":
		decodeCourier(d, c.courier)
	case "items":
		*c.items = list(d, decodeItem)
	case "discounts":
		*c.discounts = list(d, decodeDiscount)
	case "taxAmount":
		*c.taxAmount = d.money()
	case "shippingAmount":
		*c.shippingAmount = d.money()
	case "purchaseCountry":
		*c.purchaseCountry = d.String()
	}
}

func decodeConsumer(d *decoder, c *Consumer) {
	for name := range d.Members() {
		switch string(name) {
		case "givenNames":
			c.GivenNames = d.String()
		case "surname":
			c.Surname = d.String()
		case "email":
			c.Email = d.String()
		case "phoneNumber":
			c.PhoneNumber = d.String()
		}
	}
}

func decodeContact(d *decoder, c *Contact) {
	for name := range d.Members() {
		switch string(d.name(objectContact, name)) {
		case "name":
			c.Name = d.String()
		case "line1":
			c.Line1 = d.String()
		case "line2":
			c.Line2 = d.String()
		case "area1":
			c.Area1 = d.String()
		case "area2":
			c.Area2 = d.String()
		case "region":
			c.Region = d.String()
		case "postcode":
			c.Postcode = d.String()
		case "countryCode", "countrycode": // the second spelling stands in an official example
			c.CountryCode = d.String()
		case "phoneNumber":
			c.PhoneNumber = d.String()
		}
	}
}

func decodeCourier(d *decoder, c *Courier) {
	for name := range d.Members() {
		switch string(name) {
		case "shippedAt":
			c.ShippedAt = d.time()
		case "name":
			c.Name = d.String()
		case "tracking":
			c.Tracking = d.String()
		case "priority":
			c.Priority = CourierPriority(d.String())
		}
	}
}

func decodeItem(d *decoder, i *Item) {
	for name := range d.Members() {
		switch string(name) {
		case "name":
			i.Name = d.String()
		case "sku":
			i.SKU = d.String()
		case "quantity":
			i.Quantity = int(d.Int())
		case "price":
			i.Price = d.money()
		case "pageUrl":
			i.PageURL = d.String()
		case "imageUrl":
			i.ImageURL = d.String()
		case "categories":
			i.Categories = list(d, func(d *decoder, path *[]string) { *path = d.strings() })
		case "estimatedShipmentDate":
			i.EstimatedShipmentDate = d.String()
		case "preorder":
			i.Preorder = d.Bool()
		}
	}
}

func decodeDiscount(d *decoder, v *Discount) {
	for name := range d.Members() {
		switch string(name) {
		case "displayName":
			v.DisplayName = d.String()
		case "amount":
			v.Amount = d.money()
		}
	}
}

func decodeMerchant(d *decoder, m *Merchant) {
	for name := range d.Members() {
		switch string(name) {
		case "redirectConfirmUrl":
			m.RedirectConfirmURL = d.String()
		case "redirectCancelUrl":
			m.RedirectCancelURL = d.String()
		case "popupOriginUrl":
			m.PopupOriginURL = d.String()
		case "name":
			m.Name = d.String()
		}
	}
}

func decodeShippingOptions(d *decoder, o *ShippingOptions) {
	for name := range d.Members() {
		if string(name) == "supportedShippingCountries" {
			o.SupportedShippingCountries = d.strings()
		}
	}
}

func decodeCustom(d *decoder, c *Custom) {
	for name := range d.Members() {
		if *c == nil {
			*c = make(Custom)
		}
		key := string(name)
		(*c)[key] = json.RawMessage(d.Raw())
	}
}

func decodeAgreement(d *decoder, a *Agreement) {
	for name := range d.Members() {
		switch string(name) {
		case "type":
			a.Type = d.String()
		case "merchantReference":
			a.MerchantReference = d.String()
		case "pageUrl":
			a.PageURL = d.String()
		case "token":
			a.Token = d.String()
		case "status":
			a.Status = d.String()
		case "created":
			a.Created = d.time()
		case "expires":
			a.Expires = d.time()
		}
	}
}
