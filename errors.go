package afterpay

// Kind is a class of failure. A Kind is an error of its own and is compared
// with errors.Is.
type Kind string

// Error returns the kind in words.
func (k Kind) Error() string { return "afterpay: " + string(k) }
