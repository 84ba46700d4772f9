// Package kountatest has a fake Kounta, now Lightspeed Restaurant O-Series, for
// tests of programs in any language:
//
//	fake := kountatest.New(kountatest.Options{Lag: 5 * time.Second})
//	server := httptest.NewServer(fake) // base URL: server.URL + "/v1/"
//
// It has one company and the quirks of the real service:
//
//   - New orders and payments stay invisible to reads for Options.Lag.
//   - The response to a POST is null with a Location, and the same POST twice makes
//     two records.
//   - Lists have 25 elements a page, linked by X-Next-Page or counted by X-Pages.
//     Orders in lists have no payments, and say COMPLETED for COMPLETE.
//   - The filter sale_number matches prefixes, and created_ filters take dates.
//   - Ids exceed 53 bits. Amounts are JSON numbers.
//   - Searching customers by e-mail responds with a redirect.
//   - An expired access token is a 400, and refreshing one makes its refresh token
//     useless.
//   - Beyond the rate limit the response is a 429 with X-Ratelimit-Reset.
//
// The fake writes its own JSON and shares no type with package kounta, so that a
// mistake in one does not hide in the other.
package kountatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The credentials and records of every fake.
const (
	ClientID     = "client"
	ClientSecret = "client-secret"

	CompanyID = 9_007_199_254_740_993 // not exact as a float64
	SiteID    = 7
	ProductID = 8
	MethodID  = 9 // Afterpay
	CashID    = 10
	Currency  = "AUD"
	Zone      = "Australia/Brisbane"
)

// firstID is the id of the first record that is made.
const firstID = CompanyID + 1_000_000

// Options are the settings of a fake. The zero value is usable.
type Options struct {
	// Lag is how long a new order or payment stays invisible to reads.
	Lag time.Duration
	// PerMinute is the rate limit, in each minute of the clock; 0 means none.
	PerMinute int
	// CountPages counts the pages of lists in X-Pages, as older responses do. The
	// request names a page in X-Page, counted from 0. Otherwise X-Next-Page links
	// the next page.
	CountPages bool
	// TokenLife is how long an access token is valid; 1 h if it is 0.
	TokenLife time.Duration
	// Fault, if not nil, says what goes wrong with a request. It may be called by
	// several goroutines at once. See RandomFaults.
	Fault func(r *http.Request) Fault
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Kounta is a fake Kounta. It is an http.Handler, and an http.RoundTripper for
// tests without a socket. It is safe for concurrent use.
type Kounta struct {
	options Options
	zone    *time.Location
	mux     *http.ServeMux

	mu        sync.Mutex
	orders    []*Order
	customers []map[string]any
	webhooks  []map[string]any
	events    []event
	tokens    tokens
	requests  int
	minute    time.Time // of the rate limit
	inMinute  int
}

// New returns a fake without orders.
func New(options Options) *Kounta {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.TokenLife == 0 {
		options.TokenLife = time.Hour
	}
	k := &Kounta{options: options, zone: time.FixedZone("AEST", 10*60*60), mux: http.NewServeMux()}
	k.tokens = newTokens()
	company := fmt.Sprintf("/v1/companies/%d/", int64(CompanyID))
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /v1/companies/me":                     k.me,
		"GET " + company + "sites":                 k.sites,
		"GET " + company + "payment_methods":       k.methods,
		"GET " + company + "orders":                k.listOrders,
		"GET " + company + "orders/{rest...}":      k.getOrder,
		"POST " + company + "orders":               k.createOrder,
		"PUT " + company + "orders/{id}":           k.putOrder,
		"POST " + company + "orders/{id}/payments": k.pay,
		"GET " + company + "customers":             k.findCustomers,
		"GET " + company + "customers/{id}":        k.getCustomer,
		"POST " + company + "customers":            k.createCustomer,
		"GET " + company + "webhooks":              k.listWebhooks,
		"GET " + company + "webhooks/{id}":         k.getWebhook,
		"POST " + company + "webhooks":             k.createWebhook,
		"PUT " + company + "webhooks/{id}":         k.putWebhook,
	} {
		k.mux.HandleFunc(pattern, handler)
	}
	return k
}

// Requests returns how many requests arrived, without those that a Fault kept
// away.
func (k *Kounta) Requests() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.requests
}

// ServeHTTP implements http.Handler.
func (k *Kounta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := FaultNone
	if k.options.Fault != nil {
		fault = k.options.Fault(r)
	}
	if fault.before(w, r) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests++
	if fault == FaultLost {
		k.route(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	k.route(w, r)
}

// RoundTrip implements http.RoundTripper.
func (k *Kounta) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			resp, err = nil, errConnection
		} else if p != nil {
			panic(p)
		}
	}()
	w := httptest.NewRecorder()
	served := req.Clone(req.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	k.ServeHTTP(w, served)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	resp = w.Result()
	resp.Request = req
	return resp, nil
}

// route checks what every request must have.
func (k *Kounta) route(w http.ResponseWriter, r *http.Request) {
	path, extension := strings.CutSuffix(r.URL.Path, ".json")
	r.URL.Path = path
	if r.Method == http.MethodPost && r.URL.Path == "/v1/token" {
		k.token(w, r)
		return
	}
	if reset := k.limited(); reset > 0 {
		w.Header().Set("X-Ratelimit-Reset", strconv.Itoa(reset))
		refuse(w, http.StatusTooManyRequests, "too many requests")
		return
	}
	switch {
	case !k.authorized(w, r):
	case !extension && r.Header.Get("Accept") != "application/json":
		refuse(w, http.StatusNotAcceptable, "not acceptable")
	case r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/json":
		refuse(w, http.StatusBadRequest, "content type")
	default:
		k.mux.ServeHTTP(w, r)
	}
}

// limited counts a request. It returns the seconds until the next minute if the
// minute has had its requests.
func (k *Kounta) limited() int {
	if k.options.PerMinute == 0 {
		return 0
	}
	now := k.options.Now()
	if minute := now.Truncate(time.Minute); !minute.Equal(k.minute) {
		k.minute, k.inMinute = minute, 0
	}
	k.inMinute++
	if k.inMinute <= k.options.PerMinute {
		return 0
	}
	return int(k.minute.Add(time.Minute).Sub(now)/time.Second) + 1
}

func (k *Kounta) me(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{
		"id": int64(CompanyID), "id_str": strconv.FormatInt(CompanyID, 10), "name": "Cafe", "currency": Currency,
		"timezone": map[string]string{"name": Zone, "offset": "+10:00"},
	})
}

func (k *Kounta) sites(w http.ResponseWriter, r *http.Request) {
	k.list(w, r, []any{map[string]any{"id": SiteID, "name": "Cafe"}})
}

func (k *Kounta) methods(w http.ResponseWriter, r *http.Request) {
	k.list(w, r, []any{methodBody(CashID), methodBody(MethodID)})
}

func methodBody(id int64) map[string]any {
	name := map[int64]string{CashID: "Cash", MethodID: "Afterpay"}[id]
	return map[string]any{"id": id, "name": name}
}

const pageSize = 25

// list sends a page of a list.
func (k *Kounta) list(w http.ResponseWriter, r *http.Request, elements []any) {
	query := r.URL.Query()
	page, _ := strconv.Atoi(query.Get("page")) // the first page has none
	count := (len(elements) + pageSize - 1) / pageSize
	if k.options.CountPages {
		page, _ = strconv.Atoi(r.Header.Get("X-Page")) // the first page may have none
		w.Header().Set("X-Pages", strconv.Itoa(count))
	} else if page+1 < count {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("X-Next-Page", "https://"+r.Host+r.URL.Path+"?"+query.Encode())
	}
	start := min(max(page, 0)*pageSize, len(elements))
	part := elements[start:min(start+pageSize, len(elements))]
	reply(w, append([]any{}, part...)) // an empty list is not null
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client may have left
}

// created responds to a POST.
func created(w http.ResponseWriter, r *http.Request, id int64) {
	w.Header().Set("Location", fmt.Sprintf("%s/%d.json", r.URL.Path, id))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte("null")) // the client may have left
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text}) // the client may have left
}

// decode reads the body of a request, and refuses what is not an object.
func decode(w http.ResponseWriter, r *http.Request) (map[string]any, bool) {
	var body map[string]any
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	if err := d.Decode(&body); err != nil || body == nil {
		refuse(w, http.StatusBadRequest, "the body is not an object")
		return nil, false
	}
	return body, true
}

// text returns a field of a body as text, empty if it is none.
func text(body map[string]any, field string) string {
	s, _ := body[field].(string)
	return s
}

// integer returns a field of a body as an integer, 0 if it is none.
func integer(body map[string]any, field string) int64 {
	number, _ := body[field].(json.Number)
	n, err := number.Int64()
	if err != nil {
		return 0
	}
	return n
}
