package kounta

import (
	"context"
	"fmt"
	"net/http"
)

// Auth authenticates requests. It is made by Basic or OAuth.
type Auth interface {
	// authorize adds credentials to a request. refused is the Authorization
	// header that Kounta refused just now, empty for none.
	authorize(ctx context.Context, req *http.Request, refused string) error
	// perMinute is a rate below Kounta's limit.
	perMinute() int
}

// Basic authenticates with the id and secret of an add-on, which Kounta allows
// during development, for the developer's own company and 60 requests a minute.
func Basic(clientID, clientSecret string) Auth {
	return basic{func() (string, string) { return clientID, clientSecret }}
}

// basic keeps the secret in a function, so that nothing which prints it shows it.
type basic struct{ credentials func() (id, secret string) }

func (basic) perMinute() int { return 50 }

func (b basic) authorize(_ context.Context, req *http.Request, refused string) error {
	if refused != "" {
		return fmt.Errorf("%w: Kounta refuses the client id and secret", ErrUnauthorized)
	}
	req.SetBasicAuth(b.credentials())
	return nil
}
