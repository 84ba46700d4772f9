package kountatest

import (
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault is what goes wrong with a request.
type Fault string

// The faults.
const (
	FaultNone    Fault = ""
	FaultDown    Fault = "down"    // 503 with HTML, and nothing was done
	FaultLimited Fault = "limited" // 429 with a reset in a second, and nothing was done
	FaultRefused Fault = "refused" // the connection is closed, and nothing was done
	FaultLost    Fault = "lost"    // the request was carried out, and the connection is closed without a response
	FaultSlow    Fault = "slow"    // the request is carried out after a second
)

// errConnection is what RoundTrip returns for a closed connection.
var errConnection = errors.New("kountatest: connection closed")

// before applies the faults that come before a request is carried out. It reports
// whether the request is done with.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch f {
	case FaultDown:
		http.Error(w, "<html>", http.StatusServiceUnavailable)
		return true
	case FaultLimited:
		w.Header().Set("X-Ratelimit-Reset", "1")
		refuse(w, http.StatusTooManyRequests, "too many requests")
		return true
	case FaultRefused:
		panic(http.ErrAbortHandler)
	case FaultSlow:
		select {
		case <-time.After(time.Second):
		case <-r.Context().Done(): // the client has left, and the request is carried out
		}
	}
	return false
}

// RandomFaults returns a function for Options.Fault. It draws faults with the
// given shares, such as 0.1 for one request in ten, and the same ones for the
// same seed and order of requests.
func RandomFaults(seed uint64, shares map[Fault]float64) func(*http.Request) Fault {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	faults := slices.Sorted(maps.Keys(shares))
	return func(*http.Request) Fault {
		mu.Lock()
		defer mu.Unlock()
		drawn := random.Float64()
		for _, fault := range faults {
			if drawn -= shares[fault]; drawn < 0 {
				return fault
			}
		}
		return FaultNone
	}
}
