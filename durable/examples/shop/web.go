package main

import (
	"bytes"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
)

//go:embed pages
var sources embed.FS

//go:embed static
var files embed.FS

var functions = template.FuncMap{
	"price":    price,
	"payments": payments,
	"words":    func(code any) string { return strings.ReplaceAll(fmt.Sprint(code), "_", " ") },
	"time":     func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") },
}

func price(m afterpay.Money) string { return "$" + m.Amount.String() }

// payments lists the parts of a price, or names the part if all are equal.
func payments(parts []afterpay.Money) string {
	last := len(parts) - 1
	if parts[0] == parts[last] {
		return price(parts[last])
	}
	texts := make([]string, last)
	for i, part := range parts[:last] {
		texts[i] = price(part)
	}
	return strings.Join(texts, ", ") + " and " + price(parts[last])
}

// pages are the templates, by name. Each has the layout around it.
var pages = func() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(functions).ParseFS(sources, "pages/layout.html", "pages/parts.html"))
	all := make(map[string]*template.Template)
	entries, err := sources.ReadDir("pages")
	if err != nil {
		panic(err) // the directory is embedded
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if name != "layout" && name != "parts" {
			all[name] = template.Must(template.Must(layout.Clone()).ParseFS(sources, "pages/"+e.Name()))
		}
	}
	return all
}()

// view is what the layout shows.
type view struct {
	Title  string
	Staff  bool // navigation for staff
	InCart int
	Fault  string // what is wrong with Afterpay at the moment
	V1     bool
	Script string // of this page
	Data   any
}

// render writes a page.
func (s *shop) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) error {
	v.Staff = strings.HasPrefix(r.URL.Path, "/staff") || strings.HasPrefix(r.URL.Path, "/faults")
	v.InCart, v.Fault, v.V1 = readCart(r).count(), s.afterpay.description(), s.version == afterpay.V1
	var b bytes.Buffer
	if err := pages[name].Execute(&b, v); err != nil {
		return err
	}
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser may have left
	return nil
}

var errBadRequest = errors.New("bad request")

// guard refuses forms of other sites, and sets the headers that every response
// has.
func guard(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin") // the return page's address holds the token
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	}))
}

// page turns a function into a handler that sets the headers of a page and shows
// its error.
func (s *shop) page(f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", s.policy("script-src 'self'"))
		h.Set("Cache-Control", "private, no-cache") // the back button finds the form as it was left
		r.Body = http.MaxBytesReader(w, r.Body, afterpay.MaxEvidenceFile+1<<20)
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// policy returns the content security policy of the shop's pages. A form may lead
// to Afterpay, because the checkout form ends in a redirect.
func (s *shop) policy(scripts string) string {
	return "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " +
		s.portal.Origin + "; " + scripts
}

// dashboard returns River's dashboard, whose pages have styles in them.
func dashboard(river http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
		river.ServeHTTP(w, r)
	})
}

// fail shows an error. Its text is for the log.
func (s *shop) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, title, text := http.StatusInternalServerError, "Something went wrong", "This is our fault. Please try again."
	switch {
	case r.Context().Err() != nil: // the browser has left
		s.logger.InfoContext(r.Context(), "page was left", "path", r.Pattern, "error", err)
		return
	case errors.Is(err, sql.ErrNoRows):
		status, title, text = http.StatusNotFound, "Page not found", "There is nothing at this address."
	case errors.Is(err, errBadRequest), errors.Is(err, afterpay.ErrInvalid), errors.Is(err, afterpay.ErrAmount):
		status, title, text = http.StatusBadRequest, "That did not work", "The request was incomplete or no longer possible. Please go back and try again."
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		status, title, text = http.StatusServiceUnavailable, "Afterpay did not respond", "It may have been carried out. Please look before you try again."
	case errors.Is(err, afterpay.ErrUnavailable):
		status, title, text = http.StatusServiceUnavailable, "Afterpay does not respond", "Please try again in a moment."
	default:
		s.logger.ErrorContext(r.Context(), "page failed", "path", r.Pattern, "error", err)
	}
	if err := s.render(w, r, status, "message", view{Title: title, Data: text}); err != nil {
		s.logger.ErrorContext(r.Context(), "error page failed", "error", err)
	}
}

// setCookie sets a cookie that only the shop reads. A shop on HTTPS also sets
// Secure.
func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *shop) missing(http.ResponseWriter, *http.Request) error { return sql.ErrNoRows }

// see redirects the browser with GET.
func see(w http.ResponseWriter, r *http.Request, url string) error {
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}
