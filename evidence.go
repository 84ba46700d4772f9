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
	"net/textproto"
	"slices"
	"strings"

	"github.com/afterpay-go/afterpay/internal/safe"
)

// MaxEvidenceFile is the size in bytes of the largest file that UploadEvidence
// sends.
const MaxEvidenceFile = 10 << 20

// Evidence is a merchant's response to a dispute. At least one field is required.
// Each has up to 5000 characters. RefundPolicy, ShippingDocumentation and
// UncategorizedFile are ids of files that UploadEvidence returned: EvidenceFile.ID.
type Evidence struct {
	ProductDescription       string `json:"productDescription,omitempty"`
	RefundPolicyDisclosure   string `json:"refundPolicyDisclosure,omitempty"`
	RefundRefusalExplanation string `json:"refundRefusalExplanation,omitempty"`
	ShippingAddress          string `json:"shippingAddress,omitempty"`
	ShippingDate             string `json:"shippingDate,omitempty"`
	ShippingCarrier          string `json:"shippingCarrier,omitempty"` // several are separated by commas
	ShippingTrackingNumber   string `json:"shippingTrackingNumber,omitempty"`
	UncategorizedText        string `json:"uncategorizedText,omitempty"`

	RefundPolicy          string `json:"refundPolicy,omitempty"`          // file id
	ShippingDocumentation string `json:"shippingDocumentation,omitempty"` // file id
	UncategorizedFile     string `json:"uncategorizedFile,omitempty"`     // file id
}

// LogValue hides the evidence, which may hold data about the shopper.
func (e Evidence) LogValue() slog.Value { return safe.Redacted() }

// EvidenceFile is a file that was uploaded.
type EvidenceFile struct {
	ID        string    `json:"id"`                 // begins with fi_
	CreatedAt Timestamp `json:"createdAt,omitzero"` // from UploadEvidence only
	ExpiresAt Timestamp `json:"expiresAt,omitzero"` // expiry of the file, or of the URL if from GetEvidenceFile
	URL       string    `json:"url,omitempty"`      // from GetEvidenceFile only; anybody who knows it can read the file
}

// LogValue shows the file's id and expiry, and hides its URL.
func (f EvidenceFile) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", safe.Key(f.ID)), slog.Time("expires_at", f.ExpiresAt.Time))
}

// UploadEvidence uploads a file for use in an Evidence: a GIF, PDF, JPEG or PNG
// of at most MaxEvidenceFile bytes, with its media type, such as
// application/pdf. Afterpay's staff see the name.
//
// The file is read as it is sent and not kept in memory. If it is an io.Seeker,
// such as an os.File or a bytes.Reader, it is sent from its current position,
// and a failed attempt may be repeated under the client's RetryPolicy. Any
// other reader can be read once: after an attempt that read from it, nothing is
// repeated. If the context ends during a Read, UploadEvidence returns without
// waiting for that Read to end. Timeouts.Read bounds the sending of each piece
// of the file and the wait for the response.
//
// Errors: ErrInvalid for another media type, for a file that is empty or too
// large, and for one that cannot be read or changes its length meanwhile.
//
// UploadEvidence is experimental: it sends multipart/form-data, which follows
// from the documented parameters but is not stated.
//
// POST /v2/disputes/files.
func (s *DisputesService) UploadEvidence(ctx context.Context, name, contentType string, file io.Reader) (*EvidenceFile, error) {
	u := newUpload(name, contentType, file, s.client.withoutValidation)
	if ctx != nil { // do refuses a nil context
		defer u.stream.Release(ctx, s.client.targets[opDisputesUploadEvidence].limit)
	}
	f, err := do(ctx, s.client, call{op: opDisputesUploadEvidence, body: u}, acceptUploadedFile)
	return f, u.explain(err)
}

// GetEvidenceFile returns the URL of an uploaded file and when the URL expires.
// Only the merchant account that uploaded the file can get its URL. Errors:
// ErrNotFound.
//
// GET /v2/disputes/files/{fileID}.
func (s *DisputesService) GetEvidenceFile(ctx context.Context, fileID string) (*EvidenceFile, error) {
	f, err := do(ctx, s.client, call{op: opDisputesGetEvidenceFile, fileID: fileID}, acceptFileLink)
	if err == nil {
		f.ID = fileID // which the response does not repeat
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

// upload is a file to be sent, as a form of two fields.
type upload struct {
	name, mediaType string
	contentType     string // of the form
	stream          *stream
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
	// The file's type comes before the file, for a service that reads the form as
	// a stream.
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
		stream: newStream(head, file, frame.Bytes(), limit),
	}
}

// form returns the form as a stream.
func (u *upload) form(h *headers) request {
	header := h.read.Clone()
	header.Set("Content-Type", u.contentType)
	return request{Header: header, Stream: u.stream}
}

// evidenceTypes are the media types that the service accepts.
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

// explain turns a failure to read the file into ErrInvalid.
func (u *upload) explain(err error) error {
	e, ok := errors.AsType[*Error](err)
	unread, tooLong := streamFault(err)
	if !ok || !unread {
		return err
	}
	e.Kind, e.Fields = ErrInvalid, []FieldError{{"file", "could not be read"}}
	if tooLong {
		e.Fields[0].Message = tooLarge
	}
	return e
}

const errNoURL reason = "response has no URL of the file"

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
