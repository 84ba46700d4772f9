package afterpay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/afterpay-go/afterpay/internal/transport"
)

// MaxEvidenceFile is the size of the largest file that UploadEvidence sends:
// 10 MB, counted generously.
const MaxEvidenceFile = 10 << 20

// Evidence is what a merchant has to say to a dispute. At least one field is
// needed; each is of 1 to 5000 characters.
type Evidence struct {
	ProductDescription       string `json:"productDescription,omitempty"`
	RefundPolicyDisclosure   string `json:"refundPolicyDisclosure,omitempty"`
	RefundRefusalExplanation string `json:"refundRefusalExplanation,omitempty"`
	ShippingAddress          string `json:"shippingAddress,omitempty"`
	ShippingDate             string `json:"shippingDate,omitempty"`
	ShippingCarrier          string `json:"shippingCarrier,omitempty"` // several: with commas
	ShippingTrackingNumber   string `json:"shippingTrackingNumber,omitempty"`
	UncategorizedText        string `json:"uncategorizedText,omitempty"`

	// The rest are ids of files: EvidenceFile.ID, as UploadEvidence returned it.

	RefundPolicy          string `json:"refundPolicy,omitempty"`
	ShippingDocumentation string `json:"shippingDocumentation,omitempty"`
	UncategorizedFile     string `json:"uncategorizedFile,omitempty"`
}

// LogValue hides what was said, which may be about the shopper.
func (e Evidence) LogValue() slog.Value { return redacted() }

// EvidenceFile is a file that was uploaded.
type EvidenceFile struct {
	ID        string    `json:"id"`                 // fi_…
	CreatedAt Timestamp `json:"createdAt,omitzero"` // as UploadEvidence returns it
	ExpiresAt Timestamp `json:"expiresAt,omitzero"` // of the file or, as GetEvidenceFile returns it, of the URL
	URL       string    `json:"url,omitempty"`      // where to read it, as GetEvidenceFile returns it; whoever knows it may
}

// LogValue shows the file's id and its end, and not where to read it.
func (f EvidenceFile) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", plain(f.ID)), slog.Time("expires_at", f.ExpiresAt.Time))
}

// UploadEvidence sends a file to name in an Evidence: a GIF, PDF, JPEG or PNG of
// at most MaxEvidenceFile, with its media type, such as application/pdf. The
// name is what Afterpay's staff see.
//
// The file is read as it is sent and not kept in memory. Where it is an
// io.Seeker, such as an os.File or a bytes.Reader, it is sent from where it
// stands, a failed attempt may be repeated under the client's RetryPolicy, and
// the file is the caller's again when UploadEvidence returns. Any other reader
// can be read once: after an attempt that read of it nothing is repeated, and
// when the context ends during a Read, that Read may end later. Timeouts.Read
// bounds the sending of each piece of the file and the wait for the answer.
//
// Errors: ErrInvalid for another type, for a file that is empty or too large,
// and for one that can't be read or changes its length meanwhile.
//
// UploadEvidence is experimental: that a file is sent as multipart/form-data
// follows from the parameters; the documentation does not say it.
//
// POST /v2/disputes/files.
func (s *DisputesService) UploadEvidence(ctx context.Context, name, contentType string, file io.Reader) (*EvidenceFile, error) {
	u := newUpload(name, contentType, file, s.client.withoutValidation)
	defer u.stream.Release()
	f, err := do(ctx, s.client, call{op: opDisputesUploadEvidence, body: u}, acceptUploadedFile)
	return f, u.explain(err)
}

// GetEvidenceFile tells where an uploaded file can be read, and until when. Only
// the merchant account that uploaded it may. Errors: ErrNotFound.
//
// GET /v2/disputes/files/{fileID}.
func (s *DisputesService) GetEvidenceFile(ctx context.Context, fileID string) (*EvidenceFile, error) {
	f, err := do(ctx, s.client, call{op: opDisputesGetEvidenceFile, fileID: fileID}, acceptFileLink)
	if err == nil {
		f.ID = fileID // which the answer does not repeat
	}
	return f, err
}

func (e *Evidence) validate(v *checker) {
	if *e == (Evidence{}) {
		v.fault("", "must have at least one field")
	}
	for _, f := range [...]struct{ name, value string }{
		{"productDescription", e.ProductDescription},
		{"refundPolicyDisclosure", e.RefundPolicyDisclosure},
		{"refundRefusalExplanation", e.RefundRefusalExplanation},
		{"shippingAddress", e.ShippingAddress},
		{"shippingDate", e.ShippingDate},
		{"shippingCarrier", e.ShippingCarrier},
		{"shippingTrackingNumber", e.ShippingTrackingNumber},
		{"uncategorizedText", e.UncategorizedText},
		{"refundPolicy", e.RefundPolicy},
		{"shippingDocumentation", e.ShippingDocumentation},
		{"uncategorizedFile", e.UncategorizedFile},
	} {
		v.text(f.name, f.value, 5000)
	}
}

// upload is a file on its way, as a form of two fields.
type upload struct {
	name, mediaType string
	contentType     string // of the form
	stream          *transport.Stream
}

func newUpload(name, contentType string, file io.Reader, unchecked bool) *upload {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = ""
	}
	if file == nil {
		file = strings.NewReader("")
	}
	limit := int64(MaxEvidenceFile)
	if unchecked {
		limit = math.MaxInt64
	}
	// The field that says what the file is stands before it, for a service that
	// reads the form as it comes.
	var frame bytes.Buffer
	form := multipart.NewWriter(&frame)
	_ = form.WriteField("fileType", "dispute_evidence") // a bytes.Buffer never fails
	_, _ = form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", name)},
		"Content-Type":        {mime.FormatMediaType(mediaType, params)},
	})
	head := bytes.Clone(frame.Bytes())
	frame.Reset()
	_ = form.Close()
	return &upload{
		name: name, mediaType: mediaType, contentType: form.FormDataContentType(),
		stream: transport.NewStream(head, file, frame.Bytes(), limit),
	}
}

// header is the usual one with the type of the form.
func (u *upload) header(h http.Header) http.Header {
	h = h.Clone()
	h.Set("Content-Type", u.contentType)
	return h
}

// evidenceTypes are the media types that the service takes.
var evidenceTypes = []string{"image/gif", "application/pdf", "image/jpeg", "image/png"}

func (u *upload) validate(v *checker) {
	v.required("name", u.name, 255)
	if !slices.Contains(evidenceTypes, u.mediaType) {
		v.fault("contentType", "must be one of "+strings.Join(evidenceTypes, ", "))
	}
	switch size := u.stream.Size(); {
	case size == 0:
		v.fault("file", "must not be empty")
	case size > MaxEvidenceFile:
		v.fault("file", tooLarge)
	}
}

const tooLarge = "must not be larger than 10 MB"

// explain makes a refusal of a failure to read the file.
func (u *upload) explain(err error) error {
	e, ok := errors.AsType[*Error](err)
	if _, unread := errors.AsType[*transport.BodyError](err); !ok || !unread {
		return err
	}
	e.Kind, e.Fields = ErrInvalid, []FieldError{{"file", "could not be read"}}
	if errors.Is(err, transport.ErrStreamTooLong) {
		e.Fields[0].Message = tooLarge
	}
	return e
}

const errNoURL reason = "response lacks the address of the file"

func acceptUploadedFile(_ *call, f *EvidenceFile) *Error {
	if f.ID == "" {
		return unknown(nil, errNoID)
	}
	return nil
}

func acceptFileLink(in *call, f *EvidenceFile) *Error {
	switch {
	case f.URL == "":
		return unknown(nil, errNoURL)
	case !agree(in.fileID, f.ID):
		return unknown(nil, errOther)
	}
	return nil
}
