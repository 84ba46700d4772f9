package afterpaytest

import (
	"bytes"
	_ "embed" // for the manual
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// controlManual documents the control address.
//
//go:embed control.md
var controlManual string

// controlPath begins every path of the control address. No path of the API or
// of the hosted checkout begins with it.
const controlPath = "/_sandbox/"

// WithControl serves a control address under the path /_sandbox/, by which
// tests in other languages approve and decline checkouts, inject faults, move
// the clock, open disputes, and read the ledger and the requests. It is off by
// default. Its manual is control.md in the directory of this package, which
// the sandbox also serves at /_sandbox/. It asks for no credentials, so do not
// serve it where strangers can reach it.
func WithControl() Option {
	return func(s *Sandbox) {
		mux := http.NewServeMux()
		for pattern, handler := range s.controlRoutes() {
			mux.HandleFunc(pattern, handler)
		}
		s.control = mux
	}
}

func (s *Sandbox) controlRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /_sandbox/{$}": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/markdown; charset=UTF-8")
			_, _ = io.WriteString(w, controlManual)
		},
		"POST /_sandbox/approve":                s.controlDecision(s.Approve),
		"POST /_sandbox/decline":                s.controlDecision(s.Decline),
		"POST /_sandbox/cancel":                 s.controlDecision(s.Cancel),
		"POST /_sandbox/choose":                 controlled(s.controlChoose),
		"POST /_sandbox/faults":                 controlled(s.controlFault),
		"POST /_sandbox/advance":                controlled(s.controlAdvance),
		"POST /_sandbox/disputes":               controlled(s.controlDispute),
		"POST /_sandbox/disputes/{id}/win":      controlVerdict(s.WinDispute),
		"POST /_sandbox/disputes/{id}/lose":     controlVerdict(s.LoseDispute),
		"POST /_sandbox/disputes/{id}/withdraw": controlVerdict(s.WithdrawDispute),
		"POST /_sandbox/disputes/{id}/webhook":  controlled(s.controlWebhook),
		"GET /_sandbox/ledger":                  controlled(s.controlLedger),
		"GET /_sandbox/requests":                controlled(s.controlRequests),
		"GET /_sandbox/tokens":                  controlled(s.controlTokens),
	}
}

// controlResponse returns the response of the control address to a request, or
// nil if the request is not for it.
func (s *Sandbox) controlResponse(req *http.Request, body []byte) *http.Response {
	if s.control == nil || !strings.HasPrefix(req.URL.Path, controlPath) {
		return nil
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	recorder := httptest.NewRecorder()
	s.control.ServeHTTP(recorder, req)
	res := recorder.Result()
	res.Request = req
	return res
}

type (
	nothing        struct{}
	controlFailure struct {
		Error string `json:"error"`
	}
)

// controlled is a handler that decodes a JSON body, calls f, and encodes its
// result.
func controlled[In, Out any](f func(*http.Request, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
			writeControl(w, http.StatusBadRequest, controlFailure{err.Error()})
			return
		}
		out, err := f(r, in)
		if err != nil {
			writeControl(w, http.StatusUnprocessableEntity, controlFailure{err.Error()})
			return
		}
		writeControl(w, http.StatusOK, out)
	}
}

func writeControl(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(body))
}

type controlToken struct {
	Token string `json:"token"`
}

type controlRedirect struct {
	RedirectURL string `json:"redirectUrl"`
}

func (s *Sandbox) controlDecision(decide func(token string) error) http.HandlerFunc {
	return controlled(func(_ *http.Request, in controlToken) (controlRedirect, error) {
		if err := decide(in.Token); err != nil {
			return controlRedirect{}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		found := s.checkouts[in.Token]
		return controlRedirect{found.returnURL(found.decision)}, nil
	})
}

type controlChoices struct {
	Token          string       `json:"token"`
	ShipTo         *wireContact `json:"shipTo"`
	ShippingOption *struct {
		Identifier string `json:"identifier"`
		Total      string `json:"total"`
	} `json:"shippingOption"`
}

func (s *Sandbox) controlChoose(_ *http.Request, in controlChoices) (nothing, error) {
	var choices []Choice
	if a := in.ShipTo; a != nil {
		choices = append(choices, ShipTo(Address{
			plain(a.Name), plain(a.Line1), plain(a.Line2), plain(a.Area1), plain(a.Area2),
			plain(a.Region), plain(a.Postcode), plain(a.CountryCode), plain(a.PhoneNumber),
		}))
	}
	if o := in.ShippingOption; o != nil {
		choices = append(choices, ShippingOption(o.Identifier, o.Total))
	}
	return nothing{}, s.Choose(in.Token, choices...)
}

type controlClock struct {
	Seconds int64 `json:"seconds"`
}

type controlTime struct {
	Now string `json:"now"`
}

// longestAdvance is ten years, in seconds.
const longestAdvance = 10 * 366 * 24 * 60 * 60

func (s *Sandbox) controlAdvance(_ *http.Request, in controlClock) (controlTime, error) {
	if in.Seconds < 0 || in.Seconds > longestAdvance {
		return controlTime{}, fmt.Errorf("seconds must be between 0 and %d", longestAdvance)
	}
	s.Advance(time.Duration(in.Seconds) * time.Second)
	return controlTime{timestamp(s.Now())}, nil
}

type controlComplaint struct {
	PaymentID string `json:"paymentId"`
	Reason    string `json:"reason"`
	Amount    string `json:"amount"`
}

type controlID struct {
	ID string `json:"id"`
}

func (s *Sandbox) controlDispute(_ *http.Request, in controlComplaint) (controlID, error) {
	id, err := s.OpenDispute(in.PaymentID, in.Reason, in.Amount)
	return controlID{id}, err
}

func controlVerdict(decide func(disputeID string) error) http.HandlerFunc {
	return controlled(func(r *http.Request, _ nothing) (nothing, error) {
		return nothing{}, decide(r.PathValue("id"))
	})
}

type controlReceiver struct {
	Secret string `json:"secret"`
	URL    string `json:"url"`
}

type controlNotification struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (s *Sandbox) controlWebhook(r *http.Request, in controlReceiver) (controlNotification, error) {
	body, err := s.DisputeWebhook(r.PathValue("id"))
	if err != nil {
		return controlNotification{}, err
	}
	headers := make(map[string]string)
	for name, values := range SignWebhook(in.Secret, in.URL, s.Now(), body) {
		headers[name] = values[0]
	}
	return controlNotification{headers, string(body)}, nil
}

type controlMovement struct {
	Sequence  int          `json:"sequence"`
	Kind      MovementKind `json:"kind"`
	PaymentID string       `json:"paymentId"`
	Token     string       `json:"token"`
	RequestID string       `json:"requestId"`
	Amount    string       `json:"amount"`
	Currency  string       `json:"currency"`
	At        string       `json:"at"`
}

type controlMovements struct {
	Movements []controlMovement `json:"movements"`
}

func (s *Sandbox) controlLedger(*http.Request, nothing) (controlMovements, error) {
	list := []controlMovement{}
	for _, m := range s.Ledger() {
		list = append(list, controlMovement{
			m.Sequence, m.Kind, m.PaymentID, m.Token, m.RequestID, decimal(m.Amount), m.Currency, timestamp(m.At),
		})
	}
	return controlMovements{list}, nil
}

type controlAttempt struct {
	Operation Op     `json:"operation"`
	Version   string `json:"version"`
	Method    string `json:"method"`
	Path      string `json:"path"`
	PaymentID string `json:"paymentId"`
	Token     string `json:"token"`
	RequestID string `json:"requestId"`
	Attempt   int    `json:"attempt"`
	Status    int    `json:"status"`
	At        string `json:"at"`
}

type controlAttempts struct {
	Requests []controlAttempt `json:"requests"`
}

func (s *Sandbox) controlRequests(r *http.Request, _ nothing) (controlAttempts, error) {
	op := Op(r.URL.Query().Get("operation"))
	if op != "" && !knownOp(op) {
		return controlAttempts{}, fmt.Errorf("unknown operation %q", op)
	}
	list := []controlAttempt{}
	for _, q := range s.Requests(op) {
		list = append(list, controlAttempt{
			q.Op, q.Version, q.Method, q.Path, q.PaymentID, q.Token, q.RequestID, q.Attempt, q.Status, timestamp(q.At),
		})
	}
	return controlAttempts{list}, nil
}

func knownOp(op Op) bool {
	return slices.ContainsFunc(routes, func(r route) bool { return r.op == op })
}

type controlTokenList struct {
	Tokens []string `json:"tokens"`
}

func (s *Sandbox) controlTokens(*http.Request, nothing) (controlTokenList, error) {
	return controlTokenList{append([]string{}, s.Tokens()...)}, nil
}

type controlPlan struct {
	Operation   Op              `json:"operation"`
	Fault       string          `json:"fault"`
	AfterCommit bool            `json:"afterCommit"`
	Times       int             `json:"times"`
	RetryAfter  int             `json:"retryAfter"`
	Status      int             `json:"status"`
	Code        string          `json:"code"`
	Message     string          `json:"message"`
	Body        json.RawMessage `json:"body"`
}

// controlFaults are the faults by their names in the manual.
var controlFaults = map[string]func(controlPlan) Fault{
	"reset":              func(controlPlan) Fault { return Reset() },
	"timeout":            func(controlPlan) Fault { return Timeout() },
	"truncated":          func(controlPlan) Fault { return Truncated() },
	"badGateway":         func(controlPlan) Fault { return BadGateway() },
	"serviceUnavailable": func(controlPlan) Fault { return ServiceUnavailable() },
	"emptyError":         func(controlPlan) Fault { return EmptyError() },
	"blocked":            func(controlPlan) Fault { return Blocked() },
	"inProgress":         func(controlPlan) Fault { return InProgress() },
	"tooManyRequests":    func(p controlPlan) Fault { return TooManyRequests(time.Duration(p.RetryAfter) * time.Second) },
	"refuse":             func(p controlPlan) Fault { return Refuse(p.Status, p.Code, p.Message) },
	"respond": func(p controlPlan) Fault {
		var text string
		if json.Unmarshal(p.Body, &text) == nil {
			return Respond(p.Status, text)
		}
		return Respond(p.Status, []byte(p.Body))
	},
}

func (s *Sandbox) controlFault(_ *http.Request, in controlPlan) (nothing, error) {
	fault, ok := controlFaults[in.Fault]
	takesStatus := in.Fault == "refuse" || in.Fault == "respond"
	switch {
	case !knownOp(in.Operation):
		return nothing{}, fmt.Errorf("unknown operation %q", in.Operation)
	case !ok:
		return nothing{}, fmt.Errorf("unknown fault %q", in.Fault)
	case takesStatus && (in.Status < 200 || in.Status > 599):
		return nothing{}, errors.New("status must be between 200 and 599")
	case in.Fault == "refuse" && in.Code == "":
		return nothing{}, errors.New("code may not be empty")
	case in.Times < 0 || in.RetryAfter < 0:
		return nothing{}, errors.New("times and retryAfter may not be negative")
	}
	planned := fault(in)
	if in.AfterCommit {
		planned = planned.AfterCommit()
	}
	s.Fail(in.Operation, planned.Times(in.Times))
	return nothing{}, nil
}
