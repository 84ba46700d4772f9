package afterpaytest

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// disputed opens a dispute about an order captured in full.
func (s *shop) disputed() (dispute, payment string) {
	s.t.Helper()
	payment, _ = s.captured()
	dispute, err := s.sandbox.OpenDispute(payment, "product_not_received", "")
	require.NoError(s.t, err)
	return dispute, payment
}

const someEvidence = `{"evidence":{"uncategorizedText":"It was delivered."}}`

func TestDisputeAsItIsWritten(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := WithClock(func() time.Time { return at })

	s := newShop(t, clock)
	id, payment := s.disputed()
	a := s.get("/v2/disputes/" + id)
	require.Equal(t, 200, a.status)
	require.Regexp(t, `^dp_[0-9a-v]{24}$`, id)
	require.JSONEq(t, `{"id":"`+id+`","order":"`+payment+`","amount":"100.00","currency":"USD","reason":"product_not_received",
		"status":"needs_response","open":true,"responseDueBy":1710417600,"createdAt":1709294400,"updatedAt":1709294400,
		"openingNote":"The shopper disputes the payment.","openingNoteAttachments":["`+a.at("openingNoteAttachments.0").(string)+`"],"merchantOrderId":"A-1","transactionDate":1709294400,
		"meta":{"transactionAmount":"100.00","orderType":"ONLINE"}}`, a.raw)

	s = newShop(t, clock, WithDisputeForm(DisputesAsInTables))
	id, _ = s.disputed()
	require.Equal(t, id, s.get("/v2/disputes/"+id).text("dispute.id"))
	require.Equal(t, id, s.post("/v2/disputes/"+id, someEvidence).text("dispute.id"))
	require.Equal(t, id, s.get("/v2/disputes").text("data.0.id"), "lists have them bare")

	s = newShop(t, clock, WithDisputeForm(DisputesAsInOpenAPI))
	id, payment = s.disputed()
	require.Equal(t, "1710417600", s.get("/v2/disputes/"+id).text("responseDueBy"))
	a = s.post("/v2/disputes/"+id+"/accept", "{}")
	require.JSONEq(t, `{"id":"`+id+`","order":"`+payment+`","amount":"100.00","reason":"product_not_received",
		"status":"lost","open":false,"responseDueBy":"-1","createdAt":"1709294400","updatedAt":"1709294400",
		"openingNote":"The shopper disputes the payment.","openingNoteAttachments":"`+a.text("openingNoteAttachments")+`",
		"merchantOrderId":"A-1","transactionDate":"1709294400","closingReason":"merchant_accepted","closingNote":"","settlementAmount":"100.00",
		"meta":{"transactionAmount":"100.00","network":"","networkReferenceId":"","orderType":"ONLINE"}}`, a.raw)
}

func TestDisputeStates(t *testing.T) {
	t.Parallel()
	respond := func(s *shop, id, _ string) { require.Equal(s.t, 200, s.post("/v2/disputes/"+id, someEvidence).status) }
	accept := func(s *shop, id, _ string) { require.Equal(s.t, 200, s.post("/v2/disputes/"+id+"/accept", "").status) }
	do := func(f func(*Sandbox, string) error) func(*shop, string, string) {
		return func(s *shop, id, _ string) { require.NoError(s.t, f(s.sandbox, id)) }
	}
	wait := func(d time.Duration) func(*shop, string, string) {
		return func(s *shop, _, _ string) { s.sandbox.Advance(d) }
	}
	refund := func(amount string) func(*shop, string, string) {
		return func(s *shop, _, payment string) {
			require.Equal(s.t, 201, s.post("/v2/payments/"+payment+"/refund", `{"amount":{"amount":"`+amount+`","currency":"USD"}}`).status)
		}
	}
	const nearlyDue = 13*24*time.Hour - time.Second
	for name, tc := range map[string]struct {
		steps          []func(s *shop, dispute, payment string)
		status, reason string
		debited        bool
	}{
		"new":                    {nil, "needs_response", "", false},
		"responded to":           {[]func(*shop, string, string){respond}, "under_review", "", false},
		"won":                    {[]func(*shop, string, string){respond, do((*Sandbox).WinDispute)}, "won", "evidence_accepted", false},
		"lost":                   {[]func(*shop, string, string){respond, do((*Sandbox).LoseDispute)}, "lost", "evidence_rejected", true},
		"accepted":               {[]func(*shop, string, string){accept}, "lost", "merchant_accepted", true},
		"accepted while decided": {[]func(*shop, string, string){respond, accept}, "lost", "merchant_accepted", true},
		"withdrawn":              {[]func(*shop, string, string){do((*Sandbox).WithdrawDispute)}, "won", "customer_cancelled", false},
		"not responded to":       {[]func(*shop, string, string){wait(nearlyDue), wait(time.Second)}, "lost", "deadline_expired", true},
		"still time":             {[]func(*shop, string, string){wait(nearlyDue)}, "needs_response", "", false},
		"responded to in time":   {[]func(*shop, string, string){wait(nearlyDue), respond, wait(time.Hour)}, "under_review", "", false},
		"refunded in part":       {[]func(*shop, string, string){refund("60.00")}, "needs_response", "", false},
		"refunded in parts":      {[]func(*shop, string, string){refund("60.00"), refund("40.00"), wait(30 * 24 * time.Hour)}, "merchant_refunded", "", false},
		"refunded while decided": {[]func(*shop, string, string){respond, refund("100.00")}, "merchant_refunded", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			id, payment := s.disputed()
			for _, step := range tc.steps {
				step(s, id, payment)
			}
			a := s.get("/v2/disputes/" + id)
			require.Equal(t, tc.status, a.text("status"))
			require.Equal(t, tc.reason, a.text("closingReason"))
			open := tc.status == "needs_response" || tc.status == "under_review"
			require.Equal(t, open, a.at("open"))
			require.Equal(t, tc.status == "needs_response", a.at("responseDueBy") != float64(-1))
			ledger := s.sandbox.Ledger()
			last := ledger[len(ledger)-1]
			require.Equal(t, tc.debited, last.Kind == Disputed)
			if tc.debited {
				require.Equal(t, payment, last.PaymentID)
				require.EqualValues(t, 100_00, last.Amount)
				require.Equal(t, "100.00", a.text("settlementAmount"))
			}

			if tc.status != "needs_response" {
				s.refused(s.post("/v2/disputes/"+id, someEvidence), 412, "precondition_failed")
			}
			if !open {
				s.refused(s.post("/v2/disputes/"+id+"/accept", "{}"), 412, "precondition_failed")
				require.Error(t, s.sandbox.WinDispute(id))
			}
		})
	}
}

func TestDisputeOfAnAuthorizationIsVoided(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	payment, _ := s.authorized()
	id, err := s.sandbox.OpenDispute(payment, "order_canceled", "40.00")
	require.NoError(t, err)
	require.Equal(t, 201, s.post("/v2/payments/"+payment+"/void", `{"amount":{"amount":"40.00","currency":"USD"}}`).status)
	require.Equal(t, "merchant_voided", s.get("/v2/disputes/"+id).text("status"))
}

func TestRefundsFromBeforeADisputeDoNotCloseIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	s := newShop(t, WithClock(func() time.Time { return at })) // all in one moment
	payment, _ := s.captured()
	require.Equal(t, 201, s.post("/v2/payments/"+payment+"/refund", `{"amount":{"amount":"60.00","currency":"USD"}}`).status)
	id, err := s.sandbox.OpenDispute(payment, "duplicate", "")
	require.NoError(t, err)
	a := s.get("/v2/disputes/" + id)
	require.Equal(t, "needs_response", a.text("status"))
	require.Equal(t, "40.00", a.text("amount"), "all that the merchant still has")
}

func TestDisputesThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	payment, _ := s.captured()
	for _, amount := range []string{"100.01", "0.00", "-1.00", "much"} {
		_, err := s.sandbox.OpenDispute(payment, "duplicate", amount)
		require.Error(t, err, amount)
	}
	_, err := s.sandbox.OpenDispute("1", "duplicate", "")
	require.Error(t, err)

	token := s.undecided()
	require.NoError(t, s.sandbox.Decline(token))
	declined := s.post("/v2/payments/capture", `{"token":"`+token+`"}`)
	_, err = s.sandbox.OpenDispute(declined.text("id"), "duplicate", "")
	require.Error(t, err)

	s.sandbox.Advance(120*24*time.Hour + time.Second)
	_, err = s.sandbox.OpenDispute(payment, "duplicate", "")
	require.Error(t, err)
	require.Error(t, s.sandbox.WinDispute("dp_unknown"))
}

func TestEvidenceIsJudged(t *testing.T) {
	t.Parallel()
	s := newShop(t, WithUnknownMembers(RefuseUnknown))
	id, _ := s.disputed()
	for name, body := range map[string]string{
		"none":            `{}`,
		"null":            `{"evidence":null}`,
		"empty":           `{"evidence":{}}`,
		"empty text":      `{"evidence":{"uncategorizedText":""}}`,
		"too long":        `{"evidence":{"uncategorizedText":"` + strings.Repeat("é", 5001) + `"}}`,
		"unknown file":    `{"evidence":{"uncategorizedFile":"fi_unknown"}}`,
		"unknown member":  `{"evidence":{"uncategorizedText":"x","uncategorisedText":"x"}}`,
		"another dispute": `{"id":"dp_other","evidence":{"uncategorizedText":"x"}}`,
	} {
		a := s.post("/v2/disputes/"+id, body)
		require.Equal(t, 422, a.status, name)
		require.Equal(t, "invalid_object", a.text("errorCode"), name)
	}
	require.Nil(t, s.sandbox.Evidence(id))
	require.Nil(t, s.sandbox.Evidence("dp_unknown"))

	longest := strings.Repeat("é", 5000)
	a := s.post("/v2/disputes/"+id, `{"id":"`+id+`","evidence":{"uncategorizedText":"`+longest+`"}}`)
	require.Equal(t, 200, a.status, a.raw)
	require.Equal(t, map[string]string{"uncategorizedText": longest}, s.sandbox.Evidence(id))
	s.refused(s.post("/v2/disputes/dp_unknown", someEvidence), 404, "not_found")
	s.refused(s.post("/v2/disputes/dp_unknown/accept", "{}"), 404, "not_found")
	s.refused(s.get("/v2/disputes/dp_unknown"), 404, "not_found")
}

func TestDisputesAreListed(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var ids, payments []string
	for range 3 {
		id, payment := s.disputed()
		ids, payments = append(ids, id), append(payments, payment)
		s.sandbox.Advance(time.Hour)
	}
	require.NoError(t, s.sandbox.WinDispute(ids[0]))
	second := s.get("/v2/disputes/" + ids[1]).at("createdAt").(float64)
	epoch := fmt.Sprintf("%.0f", second)
	date := time.Unix(int64(second), 0).UTC().Format("2006-01-02T15:04:05.000Z")

	list := func(query string) (found []string) {
		a := s.get("/v2/disputes" + query)
		require.Equal(t, 200, a.status, a.raw)
		for i := range a.at("data").([]any) {
			found = append(found, a.text(fmt.Sprintf("data.%d.id", i)))
		}
		return found
	}
	for query, want := range map[string][]string{
		"":                           {ids[2], ids[1], ids[0]},
		"?limit=2":                   {ids[2], ids[1]},
		"?limit=2&offset=2":          {ids[0]},
		"?offset=7":                  nil,
		"?status=won":                {ids[0]},
		"?status=needs_response":     {ids[2], ids[1]},
		"?order=" + payments[1]:      {ids[1]},
		"?merchant=" + MerchantID:    {ids[2], ids[1], ids[0]},
		"?merchant=1":                nil,
		"?openedAfter=" + epoch:      {ids[2], ids[1]},
		"?openedAfter=" + date:       {ids[2], ids[1]},
		"?openedBefore=" + epoch:     {ids[1], ids[0]},
		"?openedBefore=2000-01-01":   nil,
		"?openedBefore=" + date + "": {ids[1], ids[0]},
	} {
		require.Equal(t, want, list(query), query)
	}
	page := s.get("/v2/disputes?limit=1&offset=1")
	require.EqualValues(t, 1, page.at("limit"))
	require.EqualValues(t, 1, page.at("offset"))
	require.EqualValues(t, 3, page.at("total"))
	require.EqualValues(t, 20, s.get("/v2/disputes").at("limit"))
	for _, query := range []string{"?limit=0", "?limit=251", "?limit=x", "?offset=-1", "?order=dp_1", "?openedAfter=yesterday"} {
		s.refused(s.get("/v2/disputes"+query), 422, "error")
	}
}

// form writes a form with a file.
func form(t *testing.T, fileType, name, contentType, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if fileType != "" {
		require.NoError(t, w.WriteField("fileType", fileType))
	}
	if name != "" {
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition("file", name)}, "Content-Type": {contentType},
		})
		require.NoError(t, err)
		_, err = part.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}

// upload sends a form with a file.
func (s *shop) upload(fileType, name, contentType, content string) said {
	s.t.Helper()
	body, kind := form(s.t, fileType, name, contentType, content)
	edit := s.edit
	defer func() { s.edit = edit }()
	s.edit = func(r *http.Request) { r.Header.Set("Content-Type", kind) }
	return s.post("/v2/disputes/files", body)
}

func TestEvidenceFilesAreStored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	upload := s.upload
	a := upload("dispute_evidence", "label.pdf", "application/pdf", "%PDF")
	require.Equal(t, 201, a.status, a.raw)
	id := a.text("id")
	require.Regexp(t, `^fi_[0-9a-v]{24}$`, id)
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$`, a.text("createdAt"), "without a zone")
	stored, ok := s.sandbox.EvidenceFile(id)
	require.True(t, ok)
	require.Equal(t, EvidenceFile{Name: "label.pdf", ContentType: "application/pdf", Content: []byte("%PDF")}, stored)

	link := s.get("/v2/disputes/files/" + id)
	require.Equal(t, 200, link.status)
	require.Contains(t, link.text("url"), id)
	require.Regexp(t, `\.\d{6}$`, link.text("expiresAt"))
	require.Equal(t, 201, upload("dispute_evidence", "a", "image/png", strings.Repeat("x", 10<<20)).status)

	s.refused(upload("dispute_evidence", "a", "image/png", strings.Repeat("x", 10<<20+1)), 413, "error")
	s.refused(upload("dispute_evidence", "a", "text/plain", "x"), 415, "error")
	s.refused(upload("dispute_evidence", "a", "image/png", ""), 422, "invalid_object")
	s.refused(upload("dispute_evidence", "", "", ""), 422, "invalid_object")
	s.refused(upload("", "a", "image/png", "x"), 422, "invalid_object")
	s.refused(s.post("/v2/disputes/files", `{"file":"x"}`), 415, "error")
	s.edit = func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }
	s.refused(s.post("/v2/disputes/files", "--x\r\nContent"), 400, "error")
	s.edit = nil
	s.refused(s.get("/v2/disputes/files/fi_unknown"), 404, "not_found")

	dispute, _ := s.disputed()
	s.sandbox.Advance(evidenceLife)
	s.refused(s.get("/v2/disputes/files/"+id), 404, "not_found")
	_, ok = s.sandbox.EvidenceFile(id)
	require.False(t, ok)
	require.Equal(t, "lost", s.get("/v2/disputes/"+dispute).text("status"))
}

func TestUnknownParametersAndFieldsFailTheTest(t *testing.T) {
	t.Parallel()
	rec := &recorder{TB: t}
	sandbox := New()
	sandbox.bind(rec)
	s := &shop{t: t, sandbox: sandbox}
	require.Equal(t, 200, s.get("/v2/disputes?includeNextLink=true").status)
	require.Len(t, rec.errors, 1)

	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("fileType", "dispute_evidence"))
	require.NoError(t, w.WriteField("purpose", "dispute_evidence"))
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition("file", "a")}, "Content-Type": {"image/png"}})
	require.NoError(t, err)
	_, _ = part.Write([]byte("x"))
	require.NoError(t, w.Close())
	s.edit = func(r *http.Request) { r.Header.Set("Content-Type", w.FormDataContentType()) }
	require.Equal(t, 201, s.post("/v2/disputes/files", b.String()).status)
	require.Len(t, rec.errors, 2)
	require.Contains(t, rec.errors[1], "purpose")
}
