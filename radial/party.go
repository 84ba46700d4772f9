package radial

import (
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/afterpay-go/afterpay/internal/safe"
	"github.com/afterpay-go/afterpay/radial/internal/message"
)

// PartyInformation is one side of an order, the element BillingInformation or
// ShippingInformation: a person and an address.
type PartyInformation struct {
	ContactInformation ContactInformation
	// Address is required for billing. For shipping, the zero value leaves the
	// element out.
	Address Address
}

// LogValue hides the party.
func (p PartyInformation) LogValue() slog.Value { return safe.Redacted() }

func (p PartyInformation) writeBilling(w *message.Writer) {
	w.Group("ContactInformation", p.ContactInformation.write)
	w.Group("Address", p.Address.write)
}

func (p PartyInformation) writeShipping(w *message.Writer) {
	w.Group("ContactInformation", p.ContactInformation.write)
	if p.Address != (Address{}) {
		w.Group("Address", p.Address.write)
	}
}

// ContactInformation is a person and how to reach them.
type ContactInformation struct {
	Person Person
	// PrimaryPhoneNumber is required: a single phone number with 6 to 16 digits.
	// Its digits alone are sent, so +1 (212) 555-0100 becomes 12125550100. It
	// may also hold a leading plus sign, spaces, parentheses, dots and hyphens;
	// anything else, such as an extension, a second number or a trunk "(0)"
	// after a country code, is refused.
	PrimaryPhoneNumber string
	// AlternatePhoneNumber is not used with Afterpay. The rules are the same.
	AlternatePhoneNumber string
	// PrimaryEmailAddress is required: 6 to 60 characters.
	PrimaryEmailAddress string
	// AlternateEmailAddress is not used with Afterpay: 6 to 60 characters.
	AlternateEmailAddress string
}

// LogValue hides the person.
func (c ContactInformation) LogValue() slog.Value { return safe.Redacted() }

func (c ContactInformation) write(w *message.Writer) {
	w.Group("Person", c.Person.write)
	writePhone(w, "PrimaryPhoneNumber", c.PrimaryPhoneNumber, w.Must)
	writePhone(w, "AlternatePhoneNumber", c.AlternatePhoneNumber, w.May)
	w.Must("PrimaryEmailAddress", c.PrimaryEmailAddress, message.Length(6, 60))
	w.May("AlternateEmailAddress", c.AlternateEmailAddress, message.Length(6, 60))
}

// writePhone writes the digits of a phone number.
func writePhone(w *message.Writer, name, number string, write func(name, value string, rules ...message.Rule)) {
	value, ok := phoneDigits(number)
	if !ok {
		w.Refuse(name, "must be one phone number without an extension: digits, spaces and +().-")
		return
	}
	write(name, value, message.Length(6, 16))
}

// phoneDigits returns the digits of a phone number. It reports false if the text
// could be anything but one complete number.
func phoneDigits(text string) (digits string, ok bool) {
	var b strings.Builder
	var compact strings.Builder // without spaces, dots and dashes
	for _, r := range text {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0 && !strings.Contains(compact.String(), "+"), r == '(', r == ')':
		case unicode.Is(unicode.Zs, r), unicode.Is(unicode.Pd, r), r == '.':
			continue
		default:
			return "", false
		}
		compact.WriteRune(r)
	}
	before, _, trunkZero := strings.Cut(compact.String(), "(0)")
	if trunkZero && strings.ContainsAny(before, "0123456789") {
		return "", false // dialled inside the country only
	}
	return b.String(), b.Len() > 0 || text == ""
}

// Person is a name, and optionally a gender and a date of birth.
type Person struct {
	Name        Name
	Gender      Gender // not used with Afterpay
	DateOfBirth string // not used with Afterpay; YYYY-MM-DD
}

// LogValue hides the person.
func (p Person) LogValue() slog.Value { return safe.Redacted() }

func (p Person) write(w *message.Writer) {
	w.Group("Name", p.Name.write)
	w.May("Gender", string(p.Gender), message.OneOf(GenderMale, GenderFemale))
	w.May("DateOfBirth", p.DateOfBirth, date)
}

// Gender is one of the two values that the service knows.
type Gender string

// The values of Gender.
const (
	GenderMale   Gender = "male"
	GenderFemale Gender = "female"
)

// Name is a person's name, in the order of the service. LastName and FirstName
// are required.
type Name struct {
	Salutation string
	LastName   string
	MiddleName string
	FirstName  string
	Suffix     string
}

// LogValue hides the name.
func (n Name) LogValue() slog.Value { return safe.Redacted() }

func (n Name) write(w *message.Writer) {
	w.May("Salutation", n.Salutation)
	w.Must("LastName", n.LastName)
	w.May("MiddleName", n.MiddleName)
	w.Must("FirstName", n.FirstName)
	w.May("Suffix", n.Suffix)
}

// Address is a postal address. Line1, City, CountryCode and, with Afterpay,
// PostalCode are required.
type Address struct {
	Line1            string // up to 70 characters
	Line2            string
	Line3            string // not used with Afterpay
	Line4            string // not used with Afterpay
	BuildingName     string // not used with Afterpay
	PoBox            string // not used with Afterpay; digits
	City             string
	MainDivision     string // not used with Afterpay; full name of the state
	MainDivisionCode string // postal abbreviation of the state, up to 10 characters, not necessarily ISO 3166-2
	CountryName      string // not used with Afterpay
	CountryCode      string // ISO 3166-1 alpha-2
	PostalCode       string // 3 to 10 characters
}

// LogValue shows the country and hides the rest.
func (a Address) LogValue() slog.Value {
	return slog.GroupValue(slog.String("country", safe.Key(a.CountryCode)))
}

func (a Address) write(w *message.Writer) {
	w.Must("Line1", a.Line1, message.Length(1, 70))
	w.May("Line2", a.Line2)
	w.May("Line3", a.Line3)
	w.May("Line4", a.Line4)
	w.May("BuildingName", a.BuildingName)
	w.May("PoBox", a.PoBox, digits)
	w.Must("City", a.City)
	w.May("MainDivision", a.MainDivision)
	w.May("MainDivisionCode", a.MainDivisionCode, message.Length(1, 10))
	w.May("CountryName", a.CountryName)
	w.Must("CountryCode", a.CountryCode, country)
	w.Must("PostalCode", a.PostalCode, message.Length(3, 10))
}

// digits restricts a value to ASCII digits.
func digits(value string) string {
	if strings.Trim(value, "0123456789") != "" {
		return "must be digits only"
	}
	return ""
}

// country restricts a value to the form of an ISO 3166-1 alpha-2 code.
func country(value string) string {
	if !message.IsCode(value, 2) {
		return "must be two upper-case letters"
	}
	return ""
}

// date restricts a value to a day that exists.
func date(value string) string {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return "must be a date such as 2018-05-03"
	}
	return ""
}
