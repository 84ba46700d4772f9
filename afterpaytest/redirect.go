package afterpaytest

import (
	"fmt"
	"net/url"
	"strings"
)

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

// returnURL is where the shopper's browser goes after a decision, or "" for a
// checkout that was opened in a popup. The parameters are appended as the
// service does it, with a stray & where the URL had no query before.
func (c *checkout) returnURL(d decision) string {
	target, status := c.merchant.redirectConfirmURL, "SUCCESS"
	if d == cancelled {
		target, status = c.merchant.redirectCancelURL, "CANCELLED"
	}
	if target == "" {
		return ""
	}
	target, fragment, hasFragment := strings.Cut(target, "#")
	if !strings.Contains(target, "?") {
		target += "?"
	}
	target += "&status=" + status + "&orderToken=" + url.QueryEscape(c.token)
	if hasFragment {
		target += "#" + fragment
	}
	return target
}
