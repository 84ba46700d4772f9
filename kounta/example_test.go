package kounta_test

import (
	"io"
	"log"
	"net/http"

	"github.com/afterpay-go/afterpay/kounta"
)

// The handler of a webhook verifies the raw body before it reads anything in it.
func ExampleVerifySignature() {
	const token = "the webhook's signature token" // from the configuration
	http.HandleFunc("/kounta", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		if err := kounta.VerifySignature(token, body, r.Header.Get(kounta.SignatureHeader)); err != nil {
			http.Error(w, "unsigned", http.StatusUnauthorized)
			return
		}
		log.Printf("an order is complete: %d bytes", len(body))
	})
}
