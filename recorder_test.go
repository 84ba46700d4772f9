package afterpay_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

// received is what a recorder saw of a request.
type received struct {
	Method string
	Path   string // as sent, still escaped
	Query  string
	Header http.Header
	Body   string
}

// answer is what a recorder says to a request.
type answer struct {
	Status int
	Body   string
	Header map[string]string // under exactly these names
}

// recorder is a service over real HTTP that keeps every request and gives the
// answers of a test, one after the other; the last one again and again.
type recorder struct {
	URL string

	mu       sync.Mutex
	requests []received
	answers  []answer
}

func newRecorder(t *testing.T, answers ...answer) *recorder {
	t.Helper()
	r := &recorder{answers: answers}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	r.URL = srv.URL
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.requests = append(r.requests, received{req.Method, req.URL.EscapedPath(), req.URL.RawQuery, req.Header, string(body)})
	a := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	r.mu.Unlock()
	if a.Status != http.StatusNoContent && a.Body != "" {
		w.Header().Set("Content-Type", suitetest.ContentType(a.Body))
	}
	for name, value := range a.Header {
		w.Header()[name] = []string{value}
	}
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}

// Requests returns what was received so far.
func (r *recorder) Requests() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.requests...)
}

// Only returns the one request that was received.
func (r *recorder) Only(t *testing.T) received {
	t.Helper()
	all := r.Requests()
	require.Len(t, all, 1)
	return all[0]
}

// recorded returns a body of testdata, as suitetest.Recorded does.
func recorded(t testing.TB, name string) string {
	t.Helper()
	return suitetest.Recorded(t, filepath.Join("testdata", name+".json"))
}
