package afterpay

// v1Dialect is all that API v1 says differently. Its paths stand in the table
// of operations.
func v1Dialect() *dialect {
	return &dialect{
		name:          v1Name,
		member:        v1Member,
		event:         v1Event,
		configuration: decodeV1Configuration,
		unsupported:   v1Unsupported,
	}
}

// v1Name translates the members of requests.
func v1Name(kind object, name string) string {
	switch {
	case kind == objectOrder && name == "amount":
		return "totalAmount"
	case kind == objectContact && name == "area1":
		return "suburb"
	case kind == objectContact && name == "region":
		return "state"
	}
	return name
}

// v1Member translates the members of answers.
func v1Member(kind object, name []byte) []byte {
	switch {
	case kind == objectOrder && string(name) == "totalAmount":
		return []byte("amount")
	case kind == objectPayment && string(name) == "totalAmount":
		return []byte("originalAmount")
	case kind == objectContact && string(name) == "suburb":
		return []byte("area1")
	case kind == objectContact && string(name) == "state":
		return []byte("region")
	case kind == objectRefund && string(name) == "id":
		return []byte("refundId")
	}
	return name
}

func v1Event(t EventType) EventType {
	switch t {
	case "AUTHORISE":
		return EventAuthApproved
	case "CAPTURE":
		return EventCaptured
	case "VOID":
		return EventVoided
	}
	return t
}

// decodeV1Configuration reads the array of payment types. The limits of an
// account are those of paying in instalments; other types are history.
func decodeV1Configuration(d *decoder, c *Configuration) {
	c.PaymentTypes = list(d, decodePaymentType)
	for _, t := range c.PaymentTypes {
		if t.Type == "PAY_BY_INSTALLMENT" {
			c.MinimumAmount, c.MaximumAmount = t.MinimumAmount, t.MaximumAmount
		}
	}
}

// v1Unsupported faults every member that API v1 lacks. The service would ignore
// them silently.
func v1Unsupported(v *checker, body any) {
	switch r := body.(type) {
	case *CreateOrderRequest:
		v1UnsupportedInOrder(v, r)
	case *CaptureRequest:
		v.v2only("amount", !r.Amount.IsZero())
		v.v2only("isCheckoutAdjusted", r.IsCheckoutAdjusted)
		v.v2only("paymentScheduleChecksum", r.PaymentScheduleChecksum != "")
		v.v2only("items", len(r.Items) > 0)
		v.v2only("shipping", r.Shipping != Contact{})
		v.v2only("enrichments", r.Enrichments != Enrichments{})
		v.v2only("grantId", r.GrantID != "")
	case *RefundRequest:
		v.v2only("refundMerchantReference", r.RefundMerchantReference != "")
	}
}

func v1UnsupportedInOrder(v *checker, r *CreateOrderRequest) {
	v.v2only("billing.area2", r.Billing.Area2 != "")
	v.v2only("shipping.area2", r.Shipping.Area2 != "")
	for i := range r.Items {
		item := &r.Items[i]
		v.enterAt("items", i)
		v.v2only("pageUrl", item.PageURL != "")
		v.v2only("imageUrl", item.ImageURL != "")
		v.v2only("categories", len(item.Categories) > 0)
		v.v2only("estimatedShipmentDate", item.EstimatedShipmentDate != "")
		v.v2only("preorder", item.Preorder)
		v.leave()
	}
	v.v2only("merchant.popupOriginUrl", r.Merchant.PopupOriginURL != "")
	v.v2only("merchant.name", r.Merchant.Name != "")
	v.v2only("mode", r.Mode != "")
	v.v2only("shippingOptionIdentifier", r.ShippingOptionIdentifier != "")
	v.v2only("shippingOptions", !r.ShippingOptions.IsZero())
	v.v2only("isCashAppPay", r.IsCashAppPay)
	v.v2only("initialOrderAmount", !r.InitialOrderAmount.IsZero())
	v.v2only("custom", len(r.Custom) > 0)
	v.v2only("agreements", len(r.Agreements) > 0)
}
