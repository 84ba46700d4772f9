package webhook_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/webhook"
)

func TestParseEvent_DecodesEachDocumentedType(t *testing.T) {
	t.Parallel()
	at := func(text string) afterpay.Timestamp {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return afterpay.Timestamp{Time: parsed}
	}
	for name, want := range map[string]webhook.Event{
		"webhook_dispute_created": {
			ID: "evt_0001", Type: webhook.DisputeCreated,
			Dispute: &webhook.DisputeNotice{ID: "dp_0001", MerchantReference: "100101481"},
		},
		"webhook_grant_cancelled": {
			ID: "evt_0002", Type: webhook.GrantUpdated, CreatedAt: at("2024-03-01T10:00:00Z"),
			Grant: &webhook.Grant{
				ID: "gr_0001", Type: "ON_FILE", Status: webhook.GrantCancelled, Created: at("2024-01-01T10:00:00Z"),
				Cancelled: at("2024-03-01T10:00:00Z"), MerchantReference: "customer-1", Email: "a***@e***.com",
			},
		},
		"webhook_cash_app_grant_revoked": {
			ID: "evt_0003", Type: webhook.CashAppGrantUpdated, CreatedAt: at("2024-03-01T10:00:01Z"),
			CashAppGrant: &webhook.CashAppGrant{ID: "GRG_0001", Intent: "ON_FILE", Type: "CASHAPP", Details: webhook.CashAppGrantDetails{
				Status: webhook.GrantRevoked, CashApp: webhook.CashAppCustomer{CustomerID: "CST_0001", Cashtag: "$ann"},
				CreatedAt: at("2024-01-01T10:00:00Z"), UpdatedAt: at("2024-03-01T10:00:00Z"), ExpiresAt: at("2034-01-01T10:00:00Z"),
			}},
		},
		"webhook_agreement_terminated": {}, // deprecated, and not decoded
	} {
		body := recorded(t, name)
		want.Raw = body
		got, err := webhook.ParseEvent(body)
		require.NoError(t, err, name)
		require.Equal(t, want, *got, name)
	}
}

func TestParseEvent_ReadsOtherShapes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want webhook.Event
	}{
		"unknown type of a dispute":            {`{"webhook_event_type":"escalated","dispute_id":"dp_1"}`, webhook.Event{Type: "dispute.escalated", Dispute: &webhook.DisputeNotice{ID: "dp_1"}}},
		"dispute without an id":                {`{"webhook_event_type":"created","webhook_event_id":"e"}`, webhook.Event{ID: "e", Type: "created"}},
		"wrapped grant":                        {`{"data":{"object":{"grant":{"id":"gr_1","status":"ACTIVE"}}},"type":"on_file_grant.status.updated"}`, webhook.Event{Type: webhook.GrantUpdated, Grant: &webhook.Grant{ID: "gr_1", Status: webhook.GrantActive}}},
		"grant with its id outside":            {`{"type":"on_file_grant.status.updated","data":{"id":"gr_1","object":{}}}`, webhook.Event{Type: webhook.GrantUpdated, Grant: &webhook.Grant{ID: "gr_1"}}},
		"null grant, number as id":             {`{"type":"grant.status.updated","grant":null,"eventId":5}`, webhook.Event{ID: "5", Type: webhook.CashAppGrantUpdated}},
		"array as grant":                       {`{"type":"grant.status.updated","grant":[],"eventId":"e"}`, webhook.Event{ID: "e", Type: webhook.CashAppGrantUpdated}},
		"object as id":                         {`{"eventId":{"a":1},"type":"grant.status.updated","grant":{"id":"GRG_1","type":[1]}}`, webhook.Event{Type: webhook.CashAppGrantUpdated, CashAppGrant: &webhook.CashAppGrant{ID: "GRG_1"}}},
		"malformed date":                       {`{"createdAt":"soon","type":"grant.status.updated","grant":{"id":"GRG_1","details":{"createdAt":"soon","status":"ACTIVE"}}}`, webhook.Event{Type: webhook.CashAppGrantUpdated, CashAppGrant: &webhook.CashAppGrant{ID: "GRG_1", Details: webhook.CashAppGrantDetails{Status: webhook.GrantActive}}}},
		"unknown type of a grant":              {`{"type":"grant.created","grant":{"id":"GRG_1"}}`, webhook.Event{Type: "grant.created"}},
		"another type with a dispute's fields": {`{"type":"other","webhook_event_type":"created","dispute_id":"dp_1"}`, webhook.Event{Type: "other"}},
		"empty object":                         {" \n{}", webhook.Event{}},
	} {
		got, err := webhook.ParseEvent([]byte(tc.text))
		require.NoError(t, err, name)
		tc.want.Raw = []byte(tc.text)
		require.Equal(t, tc.want, *got, name)
	}
}

func TestParseEvent_KeepsACopyOfTheBody(t *testing.T) {
	t.Parallel()
	body := []byte(`{"eventId":"evt_1"}`)
	e, err := webhook.ParseEvent(body)
	require.NoError(t, err)
	clear(body)
	require.JSONEq(t, `{"eventId":"evt_1"}`, string(e.Raw))
}

func TestParseEvent_RefusesWhatIsNotAnObject(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, ` `, `null`, `[]`, `"x"`, `5`, `{"a":`, `{} {}`, `<xml/>`} {
		e, err := webhook.ParseEvent([]byte(text))
		require.ErrorIs(t, err, afterpay.ErrInvalid, text)
		require.ErrorContains(t, err, "body must be a JSON object")
		require.Nil(t, e)
	}
}

func TestEvent_LogsItsIDAndTypeOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"webhook_dispute_created", "webhook_grant_cancelled", "webhook_cash_app_grant_revoked"} {
		e, err := webhook.ParseEvent(recorded(t, name))
		require.NoError(t, err)
		text := logged(e)
		require.Contains(t, text, e.ID)
		require.Contains(t, text, string(e.Type))
		if e.Grant != nil {
			text += logged(*e.Grant)
			require.Contains(t, text, "CANCELLED")
		}
		if e.CashAppGrant != nil {
			text += logged(*e.CashAppGrant) + logged(e.CashAppGrant.Details) + logged(e.CashAppGrant.Details.CashApp)
			require.Contains(t, text, "REVOKED")
		}
		for _, private := range []string{"a***", "$ann", "CST_0001", "customer-1", "Raw"} {
			require.NotContains(t, text, private)
		}
	}
}

func TestEvent_LogsNoFreeText(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"evt_0001", "0e3f6b4a-5f0c-4f0a-9d55-2f1f3f1d1a11", "evt.2024:7"} {
		require.Contains(t, logged(webhook.Event{ID: id}), id)
	}
	for _, text := range []string{"ann@example.com", "Ann Example", "+61400000000", strings.Repeat("a", 65)} {
		require.NotContains(t, logged(webhook.Event{ID: text, Type: webhook.Type(text)}), text)
	}
}

func FuzzParseEvent(f *testing.F) {
	names, err := filepath.Glob("../testdata/webhook_*.json")
	require.NoError(f, err)
	require.NotEmpty(f, names)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		`{}`, `[]`, `null`, `{"type":"grant.status.updated","grant":[]}`, `{"webhook_event_type":"updated"}`,
		`{"type":"on_file_grant.status.updated","data":{"id":7,"object":{"grant":{"status":null}}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := webhook.ParseEvent(text)
		var object map[string]json.RawMessage
		if json.Unmarshal(text, &object) != nil || object == nil {
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.Nil(t, e)
			return
		}
		require.NoError(t, err)
		require.Equal(t, string(text), string(e.Raw))
		var ids []string
		if e.Dispute != nil {
			ids = append(ids, e.Dispute.ID)
		}
		if e.Grant != nil {
			ids = append(ids, e.Grant.ID)
		}
		if e.CashAppGrant != nil {
			ids = append(ids, e.CashAppGrant.ID)
		}
		require.NotContains(t, ids, "")
		require.LessOrEqual(t, len(ids), 1)
	})
}
