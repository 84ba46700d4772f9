package afterpaytest

import "strings"

type consumer struct {
	phoneNumber, givenNames, surname, email string
}

type contact struct {
	name, line1, line2, area1, area2, region, postcode, countryCode, phoneNumber *string
}

// readConsumer requires an e-mail address and, in v1, both names.
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
	if result.email != "" && !strings.Contains(result.email, "@") {
		c.doc.fault(c.at("email"), "not a well-formed email address")
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

// readContact reads an address. The documentation of v2 requires more fields
// than the service does, so the sandbox requires those that every recorded
// address has. v1 requires the documented ones, of which only the US edition
// names the state.
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
		countryCode: c.country("countryCode"),
		phoneNumber: c.text("phoneNumber", limitPhone),
	}
	if c.doc.version == v1 {
		result.area1, result.region = c.text("suburb", limitText), c.text("state", limitText)
	} else {
		result.area1, result.area2 = c.text("area1", limitText), c.text("area2", limitText)
		result.region = c.text("region", limitText)
	}
	required := []string{"line1", "postcode"}
	if c.doc.version == v1 {
		required = []string{"name", "line1", "postcode"}
		if c.doc.country == "US" {
			required = append(required, "state")
		}
	}
	for _, name := range required {
		if strings.TrimSpace(plain(c.text(name, 0))) == "" {
			c.doc.fault(c.at(name), "may not be empty")
		}
	}
	return result
}

// country returns a country code, or nil. The United Kingdom is GB.
func (o *object) country(name string) *string {
	code := o.text(name, limitCountry)
	if strings.EqualFold(plain(code), "UK") {
		o.doc.fault(o.at(name), "must be an ISO 3166-1 country code, such as GB for the United Kingdom")
	}
	return code
}

type wireConsumer struct {
	PhoneNumber string `json:"phoneNumber"`
	GivenNames  string `json:"givenNames"`
	Surname     string `json:"surname"`
	Email       string `json:"email"`
}

type wireContact struct {
	Name        *string `json:"name,omitempty"`
	Line1       *string `json:"line1,omitempty"`
	Line2       *string `json:"line2,omitempty"`
	Area1       *string `json:"area1,omitempty"`
	Area2       *string `json:"area2,omitempty"`
	Region      *string `json:"region,omitempty"`
	Postcode    *string `json:"postcode,omitempty"`
	CountryCode *string `json:"countryCode,omitempty"`
	PhoneNumber *string `json:"phoneNumber,omitempty"`
}

func (c *consumer) wire() *wireConsumer {
	if c == nil {
		return nil
	}
	return &wireConsumer{c.phoneNumber, c.givenNames, c.surname, c.email}
}

// wire returns the address as API v2 writes it. In recordings from GB, the
// write model has postcodes without spaces and no empty area2.
func (c *contact) wire(m model) *wireContact {
	if c == nil {
		return nil
	}
	area2, postcode := c.area2, c.postcode
	if m == writeModel {
		area2 = nonEmpty(area2)
		if plain(c.countryCode) == "GB" && postcode != nil {
			compact := strings.ReplaceAll(*postcode, " ", "")
			postcode = &compact
		}
	}
	return &wireContact{c.name, c.line1, c.line2, c.area1, area2, c.region, postcode, c.countryCode, c.phoneNumber}
}

// wireContactV1 is an address in v1, which names some fields differently.
type wireContactV1 struct {
	Name        *string `json:"name,omitempty"`
	Line1       *string `json:"line1,omitempty"`
	Line2       *string `json:"line2,omitempty"`
	Suburb      *string `json:"suburb,omitempty"`
	State       *string `json:"state,omitempty"`
	Postcode    *string `json:"postcode,omitempty"`
	CountryCode *string `json:"countryCode,omitempty"`
	PhoneNumber *string `json:"phoneNumber,omitempty"`
}

func (c *contact) wireV1() *wireContactV1 {
	if c == nil {
		return nil
	}
	return &wireContactV1{c.name, c.line1, c.line2, c.area1, c.region, c.postcode, c.countryCode, c.phoneNumber}
}
