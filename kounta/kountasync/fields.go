package kountasync

import (
	"fmt"
	"maps"
	"slices"
)

// field is a row of the mapping.
type field struct {
	forms   []string          // what may be chosen; the first is the default
	refused map[string]string // what was asked for elsewhere and cannot be done, with the reason
}

const (
	noOwner        = "Afterpay has no owner of an order, and an order in Kounta has a member of staff at most"
	noAuditLog     = "Kounta has no audit log; the sync keeps the times itself, see `kounta-sync list`"
	noCustomFields = "orders in Kounta have no custom fields"
	noWayBack      = "an Afterpay order cannot be made or edited after its checkout; refund or void in Afterpay, and Kounta follows"
	noWebhook      = "Afterpay sends no notifications about payments; the sync polls"
)

// fields are the ten rows of the mapping.
var fields = map[string]field{
	"order_id":     {[]string{"sale_number"}, map[string]string{"id": "Kounta makes the ids of its orders; the merchant reference becomes the sale number"}},
	"order_status": {[]string{"status", "none"}, map[string]string{"both": noWayBack}},
	"created":      {[]string{"placed_at"}, map[string]string{"created_at": "Kounta sets created_at itself; placed_at can be set"}},
	"owner":        {[]string{"none"}, map[string]string{"staff": noOwner, "owner": noOwner, "email": noOwner}},
	"timestamps":   {[]string{"list"}, map[string]string{"audit_log": noAuditLog}},
	"record_ids":   {[]string{"ref"}, map[string]string{"external_reference": "Kounta has no external references; the payment's ref and the sync's table of pairs take their place", "custom_fields": noCustomFields}},
	"payments":     {[]string{"payments"}, map[string]string{"custom_fields": noCustomFields}},
	"refunds":      {[]string{"negative_payments"}, map[string]string{"custom_fields": noCustomFields}},
	"consumers":    {[]string{"none", "customers"}, map[string]string{"custom_fields": noCustomFields}},
	"orders":       {[]string{"to_kounta"}, map[string]string{"both": noWayBack, "to_afterpay": noWayBack, "webhook": noWebhook}},
}

// CheckFields checks the choices for the rows of the mapping and says why one
// cannot be done.
func CheckFields(chosen map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		f, known := fields[name]
		form := chosen[name]
		switch {
		case !known:
			return fmt.Errorf("kountasync: mapping: unknown row %q; the rows are %q", name, slices.Sorted(maps.Keys(fields)))
		case slices.Contains(f.forms, form):
		case f.refused[form] != "":
			return fmt.Errorf("kountasync: mapping: %s: %s is impossible: %s", name, form, f.refused[form])
		default:
			return fmt.Errorf("kountasync: mapping: %s: unknown form %q; possible is %q", name, form, f.forms)
		}
	}
	return nil
}
