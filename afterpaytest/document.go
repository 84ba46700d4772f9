package afterpaytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// document is a request body that is being read. It collects what is wrong
// with it, and the fields that nothing has read.
type document struct {
	version   version
	country   string // of the merchant account
	code      string // error code, if it is not invalid_object
	faults    []string
	malformed bool
	unknown   []string
}

func (d *document) fault(path, text string) {
	d.faults = append(d.faults, path+" "+text)
}

// object is a JSON object of a request body. Reading a field marks it as
// known. A field of the wrong JSON type makes the whole document malformed.
type object struct {
	doc    *document
	path   string // "" for the body itself; otherwise such as "merchant" or "items[2]"
	fields map[string]any
	asked  []string
}

// decodeObject decodes a body that must be one JSON object. Numbers are kept
// as written.
func decodeObject(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("not an object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the object")
	}
	return fields, nil
}

func (o *object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// get returns a field. A null field counts as missing.
func (o *object) get(name string) any {
	o.asked = append(o.asked, name)
	return o.fields[name]
}

// known marks fields that the service accepts and the sandbox ignores.
func (o *object) known(names ...string) {
	o.asked = append(o.asked, names...)
}

// close records the fields that were never read. Null fields are not recorded,
// since nothing is lost with them.
func (o *object) close() {
	for name, value := range o.fields {
		if value != nil && !slices.Contains(o.asked, name) {
			o.doc.unknown = append(o.doc.unknown, o.at(name))
		}
	}
	slices.Sort(o.doc.unknown)
}

// text returns a string field of at most limit characters, or nil. A limit of
// 0 means no limit. Numbers are accepted as text, as the service does.
func (o *object) text(name string, limit int) *string {
	var value string
	switch v := o.get(name).(type) {
	case nil:
		return nil
	case string:
		value = v
	case json.Number:
		value = v.String()
	default:
		o.doc.malformed = true
		return nil
	}
	if limit > 0 && utf8.RuneCountInString(value) > limit {
		o.doc.fault(o.at(name), fmt.Sprintf("size must be between 0 and %d", limit))
	}
	return &value
}

// required returns a text field that must be present and not blank.
func (o *object) required(name string, limit int) string {
	value := o.text(name, limit)
	if value == nil || strings.TrimSpace(*value) == "" {
		o.doc.fault(o.at(name), "may not be empty")
		return ""
	}
	return *value
}

// link returns a text field that must be an absolute URL. For a blank one the
// service reports two faults.
func (o *object) link(name string, mandatory bool) string {
	value := o.text(name, 0)
	if value == nil {
		if mandatory {
			o.doc.fault(o.at(name), "may not be empty")
		}
		return ""
	}
	if mandatory && strings.TrimSpace(*value) == "" {
		o.doc.fault(o.at(name), "may not be empty")
	}
	if u, err := url.Parse(*value); err != nil || u.Scheme == "" || u.Host == "" {
		o.doc.fault(o.at(name), "must be a valid URL")
	}
	return *value
}

// choice returns a text field that must be one of values, in any case.
func (o *object) choice(name string, values ...string) string {
	value := o.text(name, 0)
	if value == nil || *value == "" {
		return ""
	}
	for _, v := range values {
		if strings.EqualFold(v, *value) {
			return v
		}
	}
	o.doc.fault(o.at(name), "must be one of "+strings.Join(values, ", "))
	return ""
}

// integer returns a signed 32-bit number, or nil.
func (o *object) integer(name string) *int64 {
	value := o.get(name)
	if value == nil {
		return nil
	}
	text := fmt.Sprint(value)
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole // 2.0
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		o.doc.malformed = true
		return nil
	}
	return &number
}

// boolean returns a boolean, or nil. The strings "true" and "false" are
// accepted.
func (o *object) boolean(name string) *bool {
	value := o.get(name)
	if value == nil {
		return nil
	}
	truth, err := strconv.ParseBool(fmt.Sprint(value))
	if err != nil {
		o.doc.malformed = true
		return nil
	}
	return &truth
}

// instant returns a time with a zone, or the zero time.
func (o *object) instant(name string) time.Time {
	value := o.text(name, 0)
	if value == nil || *value == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, *value)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999Z0700", *value) // as PHP writes offsets
	}
	if err != nil {
		o.doc.fault(o.at(name), "must be a valid ISO 8601 date")
		return time.Time{}
	}
	return t.UTC()
}

// child returns an object field, or nil.
func (o *object) child(name string) *object {
	switch v := o.get(name).(type) {
	case nil:
		return nil
	case map[string]any:
		return &object{doc: o.doc, path: o.at(name), fields: v}
	default:
		o.doc.malformed = true
		return nil
	}
}

// children returns the objects of an array field.
func (o *object) children(name string) []*object {
	value := o.get(name)
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		o.doc.malformed = true
		return nil
	}
	objects := make([]*object, 0, len(list))
	for i, element := range list {
		fields, ok := element.(map[string]any)
		if !ok {
			o.doc.malformed = true
			return nil
		}
		objects = append(objects, &object{doc: o.doc, path: fmt.Sprintf("%s[%d]", o.at(name), i), fields: fields})
	}
	return objects
}

// money returns a Money field, or nil. The amount may be a string or a number;
// the currency must be a known one.
func (o *object) money(name string) *money {
	m := o.child(name)
	if m == nil {
		return nil
	}
	defer m.close()
	m.known("symbol")
	amount, currency := m.get("amount"), m.text("currency", 0)
	value := money{hundredths: m.hundredths(amount)}
	switch {
	case currency == nil:
		m.doc.fault(m.at("currency"), "Currency field required")
	case !knownCurrency(*currency):
		m.doc.fault(m.at("currency"), "Currency not supported for this merchant")
	default:
		value.currency = *currency
	}
	return &value
}

// hundredths reads the amount of a Money object. The versions refuse some
// amounts in different ways.
func (o *object) hundredths(amount any) int64 {
	const format = "must be a valid ISO 4217 format value"
	var written string
	switch v := amount.(type) {
	case nil:
		o.doc.fault(o.at("amount"), "Amount field required")
		return 0
	case string:
		written = v
	case json.Number:
		written = v.String()
	default:
		o.doc.malformed = true
		return 0
	}
	value, fault := parseDecimal(written)
	if _, isNumber := amount.(json.Number); isNumber && fault == amountTooPrecise && o.doc.version == v1 {
		o.doc.malformed = true
		return 0
	}
	if fault == amountGrouped && o.doc.version == v2 {
		o.doc.code = "invalid_amount"
	}
	if fault != amountFine {
		o.doc.fault(o.path, format)
	}
	return value
}

// moneyIn returns a Money field that must be in the given currency, or nil. An
// empty currency means any.
func (o *object) moneyIn(currency, name string) *money {
	value := o.money(name)
	if value != nil && value.currency != "" && currency != "" && value.currency != currency {
		o.doc.fault(o.at(name)+".currency", "must be the currency of the order")
	}
	return value
}

// gratis returns a Money field that must be present and may be zero, such as
// the price of a gift.
func (o *object) gratis(currency, name string) money {
	value := o.moneyIn(currency, name)
	switch {
	case value == nil:
		if !o.doc.malformed {
			o.doc.fault(o.at(name), "may not be null")
		}
		return money{}
	case value.hundredths < 0:
		o.doc.fault(o.at(name), fmt.Sprintf("must be greater than or equal to 0.00 (was %s)", value))
	}
	return *value
}

// positive returns a Money field that must be present and greater than zero.
func (o *object) positive(name string) money {
	before := len(o.doc.faults)
	value := o.money(name)
	switch {
	case o.doc.malformed || len(o.doc.faults) > before:
		return money{}
	case value == nil:
		o.doc.fault(o.at(name), "may not be null")
		return money{}
	case value.hundredths <= 0:
		o.doc.fault(o.at(name), fmt.Sprintf("must be greater than 0.00 (was %s)", value))
	}
	return *value
}

// peek returns a text field without marking it as read. It may be called on a
// nil object.
func (o *object) peek(name string) string {
	if o == nil {
		return ""
	}
	value, _ := o.fields[name].(string)
	return value
}

// sent reports whether a field is present and not null.
func (o *object) sent(name string) bool { return o.fields[name] != nil }
