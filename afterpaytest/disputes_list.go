package afterpaytest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

var disputeParameters = []string{"order", "merchant", "status", "openedAfter", "openedBefore", "offset", "limit"}

// listDisputes answers one page of disputes, newest first.
func (s *Sandbox) listDisputes(c *call) answer {
	for name := range c.query {
		if !slices.Contains(disputeParameters, name) {
			s.report("%s: the service would silently ignore the parameter %s of the query", c.route.op, name)
		}
	}
	order, merchant, status := c.query.Get("order"), c.query.Get("merchant"), c.query.Get("status")
	after, afterOK := readEpoch(c.query.Get("openedAfter"), false)
	before, beforeOK := readEpoch(c.query.Get("openedBefore"), true)
	offset, offsetOK := readCount(c.query.Get("offset"), 0)
	limit, limitOK := readCount(c.query.Get("limit"), defaultLimit)
	if order != "" && !allDigits(order) || !afterOK || !beforeOK || !offsetOK || !limitOK || limit == 0 || limit > maximumLimit {
		return refuse(http.StatusUnprocessableEntity, "error", "The query is not valid.")
	}
	var found []wireDispute
	for _, d := range slices.Backward(s.disputes.all) {
		s.follow(d)
		opened := d.opened.Truncate(time.Second)
		if (order == "" || order == d.order.current.id) && (merchant == "" || merchant == s.merchantID) &&
			(status == "" || status == d.status) &&
			(after.IsZero() || !opened.Before(after)) && (before.IsZero() || !opened.After(before)) {
			found = append(found, s.wireDispute(d))
		}
	}
	page := wireDisputePage{Data: []wireDispute{}, Offset: offset, Limit: limit, Total: len(found)}
	if offset < len(found) {
		page.Data = found[offset:min(offset+limit, len(found))]
	}
	return read(page)
}

// readEpoch reads a time as seconds since 1970, or in a form of readDate.
func readEpoch(text string, end bool) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	return readDate(text, end)
}

func readCount(text string, absent int) (int, bool) {
	if text == "" {
		return absent, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}
