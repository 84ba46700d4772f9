package afterpaytest

import "net/http"

// portalPage answers requests for the hosted checkout, or returns nil.
func (s *Sandbox) portalPage(*http.Request, []byte) *http.Response { return nil }
