package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/afterpay-go/afterpay"
)

// disputes lists what shoppers dispute. API v1 has no disputes.
func (s *shop) disputes(w http.ResponseWriter, r *http.Request) error {
	return s.showDisputes(w, r, http.StatusOK, disputesView{})
}

// disputesView is what the disputes page shows.
type disputesView struct {
	Disputes []*afterpay.Dispute

	Wrong, Error, Text string // the dispute whose form was wrong, why, and its text
}

func (s *shop) showDisputes(w http.ResponseWriter, r *http.Request, status int, v disputesView) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.patience)
	defer cancel()
	for d, err := range s.client.Disputes.All(ctx, afterpay.DisputeQuery{}) {
		if errors.Is(err, errors.ErrUnsupported) {
			break
		}
		if err != nil {
			return err
		}
		v.Disputes = append(v.Disputes, d)
	}
	return s.render(w, r, status, "disputes", view{Title: "Disputes", Data: v})
}

// respond sends a text and a file as evidence, or accepts the dispute.
func (s *shop) respond(w http.ResponseWriter, r *http.Request) error {
	id := r.FormValue("id")
	var err error
	if r.FormValue("accept") != "" {
		_, err = s.client.Disputes.Accept(r.Context(), id)
	} else {
		err = s.submit(r, id)
	}
	if errors.Is(err, afterpay.ErrInvalid) {
		return s.showDisputes(w, r, http.StatusUnprocessableEntity, disputesView{
			Wrong: id, Text: r.FormValue("text"),
			Error: "Afterpay needs an explanation, a file or both. A file is a PDF, JPEG, PNG or GIF of up to 10 MB.",
		})
	}
	if err != nil && !errors.Is(err, afterpay.ErrState) { // a second click: the page shows the status
		return err
	}
	return see(w, r, "/staff/disputes")
}

func (s *shop) submit(r *http.Request, id string) error {
	evidence := afterpay.Evidence{UncategorizedText: r.FormValue("text")}
	file, header, err := r.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
	case err != nil:
		return errBadRequest
	default:
		defer func() { _ = file.Close() }()
		uploaded, err := s.client.Disputes.UploadEvidence(r.Context(), header.Filename, header.Header.Get("Content-Type"), file)
		if err != nil {
			return err
		}
		evidence.UncategorizedFile = uploaded.ID
	}
	_, err = s.client.Disputes.Respond(r.Context(), id, evidence)
	return err
}
