package afterpaytest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"time"
)

// evidenceTexts and evidenceFiles are the names of the evidence fields.
var (
	evidenceTexts = []string{
		"productDescription", "refundPolicyDisclosure", "refundRefusalExplanation", "shippingAddress", "shippingDate",
		"shippingCarrier", "shippingTrackingNumber", "uncategorizedText",
	}
	evidenceFiles = []string{"refundPolicy", "shippingDocumentation", "uncategorizedFile"}
)

// respondToDispute accepts evidence for a dispute, once.
func (s *Sandbox) respondToDispute(c *call) response {
	if id := c.body.text("id", 0); id != nil && *id != c.id {
		c.doc.fault("id", "must be the id of the dispute")
	}
	given := s.readEvidence(c)
	if refusal, ok := s.valid(c); !ok {
		return refusal
	}
	d, refusal, ok := s.disputeOf(c)
	if !ok {
		return refusal
	}
	if d.status != "needs_response" {
		return notEligible("Dispute does not need a response.")
	}
	d.status, d.evidence, d.updated = "under_review", given, c.now
	return response{status: http.StatusOK, body: s.wireDisputeAlone(d)}
}

func (s *Sandbox) readEvidence(c *call) map[string]string {
	given := make(map[string]string)
	o := c.body.child("evidence")
	if o == nil {
		c.doc.fault("evidence", "may not be null")
		return given
	}
	for _, name := range slices.Concat(evidenceTexts, evidenceFiles) {
		value := o.text(name, 5000)
		if value == nil {
			continue
		}
		given[name] = *value
		if *value == "" {
			c.doc.fault(o.at(name), "size must be between 1 and 5000")
		} else if slices.Contains(evidenceFiles, name) && s.fileAt(*value, c.now) == nil {
			c.doc.fault(o.at(name), "must be an uploaded file")
		}
	}
	o.close()
	if len(given) == 0 {
		c.doc.fault("evidence", "must have at least one field")
	}
	return given
}

// Evidence returns the evidence that was sent for a dispute, by the field
// names of the API, or nil if none was sent.
func (s *Sandbox) Evidence(disputeID string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.disputes.byID[disputeID]
	if d == nil {
		return nil
	}
	return d.evidence
}

// The lives of an uploaded file and of a link to it. Neither is documented.
const (
	evidenceLife = 30 * 24 * time.Hour
	linkLife     = time.Hour
)

// largestEvidence is the documented limit of 10 MB, read as 10 MiB.
const largestEvidence = 10 << 20

// fileTime is the format of the times of files: UTC, without a zone.
const fileTime = "2006-01-02T15:04:05.000000"

type evidenceFile struct {
	EvidenceFile
	expires time.Time
}

// EvidenceFile is an uploaded file.
type EvidenceFile struct {
	Name        string
	ContentType string
	Content     []byte
}

type wireFile struct {
	ID        string `json:"id"`
	CreatedAt string `json:"createdAt"`
	ExpiresAt string `json:"expiresAt"`
}

type wireFileLink struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expiresAt"`
}

// EvidenceFile returns an uploaded file, and whether it exists.
func (s *Sandbox) EvidenceFile(id string) (EvidenceFile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.fileAt(id, s.now())
	if f == nil {
		return EvidenceFile{}, false
	}
	return f.EvidenceFile, true
}

// fileAt returns a file that has not expired, or nil. The caller must hold
// s.mu.
func (s *Sandbox) fileAt(id string, now time.Time) *evidenceFile {
	f := s.disputes.files[id]
	if f == nil || !now.Before(f.expires) {
		return nil
	}
	return f
}

// uploadEvidence stores a file.
func (s *Sandbox) uploadEvidence(c *call) response {
	fields, file, err := readForm(c)
	switch {
	case err != nil:
		return refuse(http.StatusBadRequest, "error", "The form cannot be read.")
	case fields["fileType"] != "dispute_evidence":
		return invalidObject("fileType must be dispute_evidence")
	case file == nil || len(file.Content) == 0:
		return invalidObject("file may not be empty")
	case len(file.Content) > largestEvidence:
		return refuse(http.StatusRequestEntityTooLarge, "error", "Request Entity Too Large")
	case !slices.Contains([]string{"image/gif", "application/pdf", "image/jpeg", "image/png"}, file.ContentType):
		return refuse(http.StatusUnsupportedMediaType, "error", "Unsupported Media Type")
	}
	for name := range fields {
		if name != "fileType" {
			s.report("%s: the service would silently ignore the field %s of the form", c.route.op, name)
		}
	}
	id := "fi_" + s.ids.base32(24)
	if s.disputes.files == nil {
		s.disputes.files = make(map[string]*evidenceFile)
	}
	expires := c.now.Add(evidenceLife)
	s.disputes.files[id] = &evidenceFile{*file, expires}
	return created(wireFile{id, c.now.Format(fileTime), expires.Format(fileTime)})
}

// readForm returns the fields of a form, and its file.
func readForm(c *call) (fields map[string]string, file *EvidenceFile, err error) {
	_, params, err := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, err
	}
	fields = make(map[string]string)
	form := multipart.NewReader(bytes.NewReader(c.raw), params["boundary"])
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, file, nil
		}
		if err != nil {
			return nil, nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		if part.FormName() == "file" {
			file = &EvidenceFile{part.FileName(), part.Header.Get("Content-Type"), content}
		} else {
			fields[part.FormName()] = string(content)
		}
	}
}

// getEvidenceFile returns a link to a file. The form of real links is
// undocumented; this one does not work.
func (s *Sandbox) getEvidenceFile(c *call) response {
	if s.fileAt(c.id, c.now) == nil {
		return refuse(http.StatusNotFound, "not_found", "File not found.")
	}
	return read(wireFileLink{
		URL:       "https://evidence.invalid/" + c.id + "?signature=" + s.ids.hex(32),
		ExpiresAt: c.now.Add(linkLife).Format(fileTime),
	})
}
