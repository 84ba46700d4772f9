package afterpay

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A checker collects every fault of a request with its path. Paths are built only
// for faults, so a valid request costs no allocation.
type checker struct {
	version APIVersion
	path    [4]step
	depth   int
	fields  []FieldError
	lenient bool     // reports only what must never be sent
	order   Currency // the currency that the parts of the order must have; empty if unknown
	// unsupported is set by a field that the API version lacks.
	unsupported bool
}

// step is one field on a path; index is -1 except for array elements.
type step struct {
	name  string
	index int
}

func (v *checker) enter(name string) { v.enterAt(name, -1) }

func (v *checker) enterAt(name string, index int) {
	v.path[v.depth] = step{name, index}
	v.depth++
}

func (v *checker) leave() { v.depth-- }

// fault reports what is wrong with a field of what was entered. An empty name is
// what was entered itself.
func (v *checker) fault(name, message string) {
	if !v.lenient {
		v.refuse(name, message)
	}
}

// refuse is fault for what must not be sent WithoutValidation either.
func (v *checker) refuse(name, message string) {
	var b strings.Builder
	for _, s := range v.path[:v.depth] {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		if s.index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
	}
	if b.Len() > 0 && name != "" {
		b.WriteByte('.')
	}
	b.WriteString(name)
	v.fields = append(v.fields, FieldError{b.String(), message})
}

// text checks the length in characters.
func (v *checker) text(name, value string, limit int) {
	if len(value) > limit && utf8.RuneCountInString(value) > limit {
		v.fault(name, "must not be longer than "+strconv.Itoa(limit)+" characters")
	}
}

// required checks that a text is not blank, and its length.
func (v *checker) required(name, value string, limit int) {
	if strings.TrimSpace(value) == "" {
		v.fault(name, "is required")
	}
	v.text(name, value, limit)
}

// positive checks the field amount of a request, which is required.
func (v *checker) positive(m Money) {
	if m.IsZero() {
		v.fault("amount", "is required")
		return
	}
	v.enter("amount")
	v.currency(m)
	if m.Amount <= 0 {
		v.fault("amount", "must be greater than 0.00")
	}
	v.leave()
}

// total checks the amount of an order, whose parts must be in the same currency.
func (v *checker) total(m Money) {
	v.positive(m)
	if m.Currency.valid() {
		v.order = m.Currency
	}
}

// amount checks an amount that is required and may be 0.00.
func (v *checker) amount(name string, m Money) {
	if m.IsZero() {
		v.fault(name, "is required")
	}
	v.optional(name, m)
}

// optional checks an amount that may be missing or 0.00.
func (v *checker) optional(name string, m Money) {
	if m.IsZero() {
		return
	}
	v.enter(name)
	v.currency(m)
	if m.Amount < 0 {
		v.fault("amount", "must not be negative")
	}
	v.leave()
}

func (v *checker) currency(m Money) {
	switch {
	case !m.Currency.valid():
		v.fault("currency", "must be three upper-case letters")
	case v.order != "" && m.Currency != v.order:
		v.fault("currency", "must be the order's currency")
	}
}

// link checks an absolute URL, which may be missing.
func (v *checker) link(name, value string) {
	if value == "" {
		return
	}
	scheme, rest, ok := strings.Cut(value, ":")
	if strings.Contains(value, "%") {
		_, err := url.Parse(value)
		ok = ok && err == nil
	}
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?#") || strings.Trim(rest, "/") == "" || strings.ContainsFunc(value, notInURL) {
		v.fault(name, "must be an absolute URL")
	}
}

func notInURL(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }

// country checks an ISO 3166-1 alpha-2 code, which may be missing.
func (v *checker) country(name, value string) {
	switch {
	case value == "UK":
		v.fault(name, "must be GB for the United Kingdom")
	case value != "" && (len(value) != 2 || !Currency(value+"X").valid()):
		v.fault(name, "must be two upper-case letters")
	}
}

// idSegment checks an id that fills a route. An empty id would call another
// operation, and one with a separator might.
func (v *checker) idSegment(name, value string) {
	switch {
	case value == "":
		v.refuse(name, "is required")
	case value == "." || value == ".." || strings.Contains(value, "/") || strings.ContainsFunc(value, notInPath):
		v.refuse(name, "must not contain / ? # % \\ or control characters")
	case name == "paymentID" && strings.Contains(value, ":"):
		v.refuse(name, "must not contain a colon") // token:… is a payment by its token
	}
}

// token checks the token of an order. Whatever can be paid for can be looked up
// by its token, so the rules are those of a path, where a slash is escaped.
func (v *checker) token(value string) {
	if strings.TrimSpace(value) == "" {
		v.refuse("token", "is required")
		return
	}
	for part := range strings.SplitSeq(value, "/") {
		if part == "." || part == ".." || strings.ContainsFunc(part, notInPath) {
			v.refuse("token", "must not contain ? # % \\ white space, control characters or the path . or ..")
			return
		}
	}
}

func notInPath(r rune) bool {
	return strings.ContainsRune(`?#%\`, r) || r <= ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 || r == utf8.RuneError
}

// v2only reports a field that API v1 lacks, if it is set and v1 is used.
func (v *checker) v2only(name string, set bool) {
	if set && v.version == V1 {
		v.unsupported = true
		v.refuse(name, "is not supported by API v1")
	}
}

// validator is a request that can check itself.
type validator interface{ validate(v *checker) }

func (r *CreateOrderRequest) validate(v *checker) {
	v.total(r.Amount)
	express := strings.EqualFold(string(r.Mode), string(ModeExpress))
	if r.Consumer != (Consumer{}) || !express {
		v.enter("consumer")
		r.Consumer.validate(v)
		v.leave()
	}
	validateContact(v, "billing", &r.Billing)
	validateContact(v, "shipping", &r.Shipping)
	v.enter("courier")
	r.Courier.validate(v)
	v.leave()
	validateItems(v, r.Items)
	for i := range r.Discounts {
		v.enterAt("discounts", i)
		v.required("displayName", r.Discounts[i].DisplayName, 128)
		v.amount("amount", r.Discounts[i].Amount)
		v.leave()
	}
	v.enter("merchant")
	r.Merchant.validate(v)
	v.leave()
	v.text("merchantReference", r.MerchantReference, 128)
	v.optional("taxAmount", r.TaxAmount)
	v.optional("shippingAmount", r.ShippingAmount)
	v.text("description", r.Description, 256)
	v.country("purchaseCountry", r.PurchaseCountry)
	v.text("shippingOptionIdentifier", r.ShippingOptionIdentifier, 128)
	v.optional("initialOrderAmount", r.InitialOrderAmount)
	for key, value := range r.Custom {
		if value != nil && !json.Valid(value) {
			v.refuse("custom."+key, "must be valid JSON")
		}
	}
}

func (m *Merchant) validate(v *checker) {
	v.link("redirectConfirmUrl", m.RedirectConfirmURL)
	v.link("redirectCancelUrl", m.RedirectCancelURL)
	v.link("popupOriginUrl", m.PopupOriginURL)
	if m.PopupOriginURL != "" && v.version == V2 {
		return
	}
	if m.RedirectConfirmURL == "" {
		v.fault("redirectConfirmUrl", "is required")
	}
	if m.RedirectCancelURL == "" {
		v.fault("redirectCancelUrl", "is required")
	}
}

func (c *Consumer) validate(v *checker) {
	v.required("email", c.Email, 128)
	if strings.TrimSpace(c.Email) != "" && !strings.Contains(c.Email, "@") {
		v.fault("email", "must contain @")
	}
	if v.version == V1 {
		v.required("givenNames", c.GivenNames, 128)
		v.required("surname", c.Surname, 128)
	} else {
		v.text("givenNames", c.GivenNames, 128)
		v.text("surname", c.Surname, 128)
	}
	v.text("phoneNumber", c.PhoneNumber, 32)
}

// validateContact checks lengths only. Which parts of an address are required
// differs by region, and the service is more lenient than documented.
func validateContact(v *checker, name string, c *Contact) {
	if *c == (Contact{}) {
		return
	}
	v.enter(name)
	v.text("name", c.Name, 255)
	v.text("line1", c.Line1, 128)
	v.text("line2", c.Line2, 128)
	v.text("area1", c.Area1, 128)
	v.text("area2", c.Area2, 128)
	v.text("region", c.Region, 128)
	v.text("postcode", c.Postcode, 128)
	v.country("countryCode", c.CountryCode)
	v.text("phoneNumber", c.PhoneNumber, 32)
	v.leave()
}

func (c *Courier) validate(v *checker) {
	if !c.ShippedAt.writable() {
		v.fault("shippedAt", "must be within the years 0 to 9999")
	}
	v.text("name", c.Name, 128)
	v.text("tracking", c.Tracking, 128)
	if c.Priority != "" && c.Priority != PriorityStandard && c.Priority != PriorityExpress {
		v.fault("priority", "must be STANDARD or EXPRESS")
	}
}

func validateItems(v *checker, items []Item) {
	if len(items) > 100 {
		v.fault("items", "must not be more than 100")
	}
	for i := range items {
		item := &items[i]
		v.enterAt("items", i)
		v.required("name", item.Name, 255)
		v.text("sku", item.SKU, 128)
		if item.Quantity < 1 || item.Quantity > math.MaxInt32 {
			v.fault("quantity", "must be between 1 and 2147483647")
		}
		v.amount("price", item.Price)
		v.text("pageUrl", item.PageURL, 2048)
		v.text("imageUrl", item.ImageURL, 2048)
		v.leave()
	}
}

func (r *CaptureRequest) validate(v *checker) {
	v.token(r.Token)
	v.text("merchantReference", r.MerchantReference, 128)
	if !r.Amount.IsZero() {
		v.total(r.Amount)
	}
	validateItems(v, r.Items)
	validateContact(v, "shipping", &r.Shipping)
	r.Enrichments.validate(v)
}

func (r *AuthorizeRequest) validate(v *checker) {
	c := CaptureRequest{
		Token: r.Token, MerchantReference: r.MerchantReference, Amount: r.Amount,
		Items: r.Items, Shipping: r.Shipping, Enrichments: r.Enrichments,
	}
	c.validate(v)
}

func (e *Enrichments) validate(v *checker) {
	if *e != (Enrichments{}) && e.Initiation.Actor == "" {
		v.fault("enrichments.initiation.actor", "is required")
	}
}

func (r *CapturePartRequest) validate(v *checker) {
	v.positive(r.Amount)
	v.text("merchantReference", r.MerchantReference, 128)
	v.text("paymentEventMerchantReference", r.EventMerchantReference, 128)
}

func (r *VoidRequest) validate(v *checker) {
	switch {
	case r.All && !r.Amount.IsZero():
		v.refuse("amount", "must be empty to release all that is open")
	case !r.All && r.Amount.IsZero():
		v.refuse("amount", "is required, unless All is set")
	case !r.All:
		v.positive(r.Amount)
	}
}

func (r *RefundRequest) validate(v *checker) {
	v.positive(r.Amount)
	v.text("requestId", r.RequestID, 64)
	v.text("merchantReference", r.MerchantReference, 85)
	v.text("refundMerchantReference", r.RefundMerchantReference, 128)
}

func (r *updateReferenceRequest) validate(v *checker) {
	v.required("merchantReference", r.MerchantReference, 128)
}
