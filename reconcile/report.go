package reconcile

import "context"

// Reporter writes findings down as they come.
type Reporter interface {
	// Finding writes one finding.
	Finding(f *Finding) error
	// Close writes what comes at the end and flushes. It closes no file.
	Close(s *Summary) error
}

// Report runs to the end, hands every finding to the reporter, and returns the
// summary, which is that of an incomplete run if there is an error.
func (r *Run) Report(ctx context.Context, to Reporter) (Summary, error) {
	for f, err := range r.Findings(ctx) {
		if err == nil {
			err = to.Finding(&f)
		}
		if err != nil {
			return r.Summary(), err
		}
	}
	summary := r.Summary()
	return summary, to.Close(&summary)
}

// publicKey is the finding's key, unless that is a checkout token.
func (f *Finding) publicKey() string {
	for _, r := range [...]*Record{f.Left, f.Right} {
		if r != nil && f.Key == r.Token {
			return firstOf(r.Reference, r.ID)
		}
	}
	return f.Key
}

// either returns the first of the two sides' texts that is not empty.
func (f *Finding) either(text func(*Record) string) string {
	for _, r := range [...]*Record{f.Left, f.Right} {
		if r != nil && text(r) != "" {
			return text(r)
		}
	}
	return ""
}
