package afterpaytest

import "fmt"

// RedirectURL returns where the shopper's browser goes after the decision: the
// shop's confirm or cancel URL with status and orderToken appended as the
// service does it. It fails for an unknown token, before any decision, and for
// a checkout in a popup, which redirects nowhere.
func (s *Sandbox) RedirectURL(token string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.checkouts[token]
	if found == nil {
		return "", fmt.Errorf("afterpaytest: RedirectURL: no checkout has the token %q", token)
	}
	if found.decision == undecided {
		return "", fmt.Errorf("afterpaytest: RedirectURL: the shopper has not decided yet")
	}
	target := found.returnURL(found.decision)
	if target == "" {
		return "", fmt.Errorf("afterpaytest: RedirectURL: a checkout in a popup redirects nowhere")
	}
	return target, nil
}
