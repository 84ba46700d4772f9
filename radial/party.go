package radial

// PartyInformation is one side of an order, the element BillingInformation or
// ShippingInformation: who, and where.
type PartyInformation struct {
	ContactInformation ContactInformation
	// Address is required for billing. For shipping the zero value leaves the
	// element out.
	Address Address
}

func (p PartyInformation) writeBilling(w *writer) {
	w.group("ContactInformation", p.ContactInformation.write)
	w.group("Address", p.Address.write)
}

func (p PartyInformation) writeShipping(w *writer) {
	w.group("ContactInformation", p.ContactInformation.write)
	if p.Address != (Address{}) {
		w.group("Address", p.Address.write)
	}
}

// ContactInformation is a person and how to reach them.
type ContactInformation struct {
	Person Person
	// PrimaryPhoneNumber is required. Everything but its digits is dropped
	// before it is sent, and 6 to 16 must be left.
	PrimaryPhoneNumber string
	// AlternatePhoneNumber is not used with Afterpay; the same holds for it.
	AlternatePhoneNumber string
	// PrimaryEmailAddress is required: 6 to 60 characters.
	PrimaryEmailAddress string
	// AlternateEmailAddress is not used with Afterpay: 6 to 60 characters.
	AlternateEmailAddress string
}

func (c ContactInformation) write(w *writer) {
	w.group("Person", c.Person.write)
	w.phone("PrimaryPhoneNumber", c.PrimaryPhoneNumber, w.must)
	w.phone("AlternatePhoneNumber", c.AlternatePhoneNumber, w.may)
	w.must("PrimaryEmailAddress", c.PrimaryEmailAddress, length(6, 60))
	w.may("AlternateEmailAddress", c.AlternateEmailAddress, length(6, 60))
}

// phone writes the digits of a phone number. One without any digit is wrong
// rather than absent.
func (w *writer) phone(name, number string, write func(name, value string, rules ...rule)) {
	value := phoneDigits(number)
	if value == "" && number != "" {
		w.refuse(name, "holds no digit")
		return
	}
	write(name, value, length(6, 16))
}

// Person is a human being.
type Person struct {
	Name        Name
	Gender      Gender // not used with Afterpay
	DateOfBirth string // not used with Afterpay; YYYY-MM-DD
}

func (p Person) write(w *writer) {
	w.group("Name", p.Name.write)
	w.may("Gender", string(p.Gender), oneOf(GenderMale, GenderFemale))
	w.may("DateOfBirth", p.DateOfBirth, date)
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

func (n Name) write(w *writer) {
	w.may("Salutation", n.Salutation)
	w.must("LastName", n.LastName)
	w.may("MiddleName", n.MiddleName)
	w.must("FirstName", n.FirstName)
	w.may("Suffix", n.Suffix)
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

func (a Address) write(w *writer) {
	w.must("Line1", a.Line1, length(1, 70))
	w.may("Line2", a.Line2)
	w.may("Line3", a.Line3)
	w.may("Line4", a.Line4)
	w.may("BuildingName", a.BuildingName)
	w.may("PoBox", a.PoBox, digits)
	w.must("City", a.City)
	w.may("MainDivision", a.MainDivision)
	w.may("MainDivisionCode", a.MainDivisionCode, length(1, 10))
	w.may("CountryName", a.CountryName)
	w.must("CountryCode", a.CountryCode, country)
	w.must("PostalCode", a.PostalCode, length(3, 10))
}
