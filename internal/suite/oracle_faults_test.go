package suite_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The oracle objects to each verdict that the client once got wrong.
func TestOracle_ObjectsToEachKnownFault(t *testing.T) {
	t.Parallel()
	is := func(state string, open int, events ...event) response {
		return response{status: 201, verdict: "APPROVED", state: state, total: hundred, open: usd(open), events: events}
	}
	but := func(r response, change func(*response)) response { change(&r); return r }
	full := is("CAPTURED", 0, captured(100, ""))
	part := question{call: "capturePart", amount: usd(20), reference: "C1"}
	find := question{call: "findCapture", reference: "C1"}
	odd := func(a amount) []event { return []event{{"CAPTURED", a, "C1"}} }
	for name, x := range map[string]struct {
		q question
		r response
		o outcome
	}{
		"capture of another order":                    {question{call: "capture"}, but(full, func(r *response) { r.token = other }), done},
		"part of another payment":                     {part, but(is("PARTIALLY_CAPTURED", 80, captured(20, "C1")), func(r *response) { r.id = other }), done},
		"another order found":                         {question{call: "recover"}, but(full, func(r *response) { r.token = other }), done},
		"void of all under an id that voided a part":  {question{call: "voidAll"}, is("AUTH_APPROVED", 90, voided(10)), done},
		"void of all answered AUTH_APPROVED":          {question{call: "voidAll"}, is("AUTH_APPROVED", 100), done},
		"capture answered PARTIALLY_CAPTURED":         {question{call: "capture"}, is("PARTIALLY_CAPTURED", 80, captured(20, "")), done},
		"capture in a new state with money open":      {question{call: "capture"}, is("A_NEW_STATE", 80), done},
		"capture of an order that was voided in part": {question{call: "capture"}, is("CAPTURED", 0, captured(60, ""), voided(40)), done},
		"part capture without events":                 {part, is("PARTIALLY_CAPTURED", 80), done},
		"capture of another total":                    {question{call: "capture", amount: usd(50)}, full, done},
		"authorization of another total":              {question{call: "authorize", amount: usd(50)}, is("AUTH_APPROVED", 100), done},
		"part capture with the reference of another":  {part, is("PARTIALLY_CAPTURED", 50, captured(30, "C1"), captured(20, "C2")), done},
		"part capture of another amount":              {part, is("PARTIALLY_CAPTURED", 70, captured(30, "C1")), done},
		"part capture in another currency":            {part, is("PARTIALLY_CAPTURED", 80, odd(amount{"20.00", "AUD"})...), done},
		"void of another amount":                      {question{call: "void", amount: usd(10)}, is("AUTH_APPROVED", 80, voided(20)), done},
		"void in another currency":                    {question{call: "void", amount: usd(10)}, is("AUTH_APPROVED", 90, event{"VOIDED", amount{"10.00", "AUD"}, ""}), done},
		"event amount null, called another amount":    {part, is("PARTIALLY_CAPTURED", 80, odd(amount{"null", "USD"})...), definite},
		"event without currency":                      {part, is("PARTIALLY_CAPTURED", 80, odd(amount{"20.00", ""})...), definite},
		"event in lower case, called another amount":  {part, is("PARTIALLY_CAPTURED", 80, odd(amount{"20.00", "usd"})...), definite},
		"missing event while less is open":            {part, is("PARTIALLY_CAPTURED", 50, captured(30, "C0")), definite},
		"missing event, looked up":                    {find, is("PARTIALLY_CAPTURED", 80), definite},
		"DECLINED beside captured money":              {question{call: "capture"}, but(full, func(r *response) { r.verdict = "DECLINED" }), declined},
		"DECLINED beside voided money":                {question{call: "capture"}, but(is("", 90, voided(10)), func(r *response) { r.verdict = "DECLINED" }), declined},
		"EXPIRED with captures":                       {part, is("EXPIRED", 0, captured(20, "C1")), definite},
		"declined under 500":                          {question{call: "capture"}, response{status: 500, raw: `{"errorCode":"declined"}`}, declined},
		"declined under 408":                          {question{call: "capture"}, response{status: 408, raw: `{"errorCode":"declined"}`}, definite},
		"a look-up that was refused":                  {question{call: "recover"}, response{status: 401, raw: `{"errorCode":"unauthorized"}`}, definite},
		"unknown although it plainly succeeded":       {question{call: "capture"}, full, unknown},
		"an error although a part plainly succeeded":  {part, is("PARTIALLY_CAPTURED", 80, captured(20, "C1")), definite},
		"unknown although it was plainly declined":    {question{call: "capture"}, samples()[7], unknown},
		"no decline although it was plainly declined": {question{call: "authorize"}, samples()[8], definite},
		"unknown although it was plainly refused":     {part, response{status: 412, raw: `{"errorCode":"payment_voided"}`}, unknown},
		"unknown although it may be a decline":        {question{call: "capture"}, response{status: 402, raw: `{"errorCode":"declined"}`}, unknown},
		"a page taken for a reversal":                 {question{call: "reverse"}, response{status: 200, raw: "<html>"}, done},
		"an error although it was reversed":           {question{call: "reverse"}, response{status: 200, raw: "empty"}, unknown},
		"nil although it was plainly refused":         {part, response{status: 410, raw: `{"errorCode":"payment_captured"}`}, done},
	} {
		require.NotEmpty(t, objection(x.q, x.r, x.o), name)
	}
}
