package kountatest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// findCustomers responds to a search by e-mail with a redirect, and to others
// with a list.
func (k *Kounta) findCustomers(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if email := query.Get("email"); email != "" {
		i := slices.IndexFunc(k.customers, func(c map[string]any) bool { return c["email"] == email })
		if i < 0 {
			refuse(w, http.StatusNotFound, "not found")
			return
		}
		w.Header().Set("Location", fmt.Sprintf("%s/%d.json", r.URL.Path, k.customers[i]["id"]))
		w.WriteHeader(http.StatusFound)
		return
	}
	found := []any{}
	for _, c := range k.customers {
		if id := query.Get("reference_id"); id == "" || c["reference_id"] == id {
			found = append(found, c)
		}
	}
	k.list(w, r, found)
}

func (k *Kounta) getCustomer(w http.ResponseWriter, r *http.Request) {
	get(w, r, k.customers)
}

// get sends the record whose id is in the path.
func get(w http.ResponseWriter, r *http.Request, records []map[string]any) {
	if record := byID(w, r, records); record != nil {
		reply(w, record)
	}
}

// byID returns the record whose id is in the path.
func byID(w http.ResponseWriter, r *http.Request, records []map[string]any) map[string]any {
	for _, record := range records {
		if strconv.FormatInt(record["id"].(int64), 10) == r.PathValue("id") {
			return record
		}
	}
	refuse(w, http.StatusNotFound, "not found")
	return nil
}

func (k *Kounta) createCustomer(w http.ResponseWriter, r *http.Request) {
	k.add(w, r, &k.customers)
}

// add makes a record of what was sent.
func (k *Kounta) add(w http.ResponseWriter, r *http.Request, records *[]map[string]any) {
	body, ok := decode(w, r)
	if !ok {
		return
	}
	record := maps.Clone(body)
	id := firstID + int64(len(*records))
	record["id"], record["id_str"] = id, strconv.FormatInt(id, 10)
	record["created_at"] = k.time(k.options.Now())
	*records = append(*records, record)
	created(w, r, id)
}
