package suite_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

const (
	paymentID = "100570320832"
	token     = "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"
)

// questions are the calls that are tried with every answer.
var questions = []question{
	{call: "authorize"}, {call: "capture"}, {call: "voidAll"},
	{call: "capturePart", amount: 20_00, reference: "C1"}, {call: "capturePart", amount: 20_00},
	{call: "void", amount: 10_00},
}

// ask makes the call of a question.
func ask(c *afterpay.Client, q question) error {
	ctx := context.Background()
	var err error
	switch q.call {
	case "authorize":
		_, err = c.Payments.Authorize(ctx, afterpay.AuthorizeRequest{Token: token})
	case "capture":
		_, err = c.Payments.Capture(ctx, afterpay.CaptureRequest{Token: token})
	case "capturePart":
		_, err = c.Payments.CapturePart(ctx, paymentID, afterpay.CapturePartRequest{Amount: afterpay.USD(int64(q.amount)), EventMerchantReference: q.reference})
	case "void":
		_, err = c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{Amount: afterpay.USD(int64(q.amount))})
	case "voidAll":
		_, err = c.Payments.Void(ctx, paymentID, afterpay.VoidRequest{All: true})
	}
	return err
}

func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return done
	case errors.Is(err, afterpay.ErrOutcomeUnknown):
		return unknown
	case errors.Is(err, afterpay.ErrDeclined):
		return declined
	}
	return definite
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// clientOf returns a client whose service answers with what *now points to.
func clientOf(t *testing.T, version afterpay.APIVersion, now *answer) *afterpay.Client {
	t.Helper()
	c, err := afterpay.New("1", "secret", afterpay.WithAPIVersion(version), afterpay.WithRetry(afterpay.RetryPolicy{}),
		afterpay.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			body := now.body(paymentID, token)
			return &http.Response{
				StatusCode: now.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
			}, nil
		})}))
	require.NoError(t, err)
	return c
}

// histories are the movements that answers show.
func histories() [][]event {
	captured := func(amount int, reference string) event { return event{"CAPTURED", amount, "USD", reference} }
	voided := func(amount int) event { return event{"VOIDED", amount, "USD", ""} }
	return [][]event{
		nil,
		{captured(total, "")},
		{captured(20_00, "C1")},
		{captured(20_00, "")},
		{captured(30_00, "C1"), captured(20_00, "C2")},
		{captured(20_00, "C1"), captured(80_00, "C2")},
		{captured(60_00, "C1"), voided(40_00)},
		{voided(10_00)},
		{voided(total)},
		{{"CAPTURED", absent, "", "C1"}},
		{{"CAPTURED", 20_00, "", "C1"}},
		{{"CAPTURED", 20_00, "AUD", "C1"}},
		{{"VOIDED", absent, "", ""}},
		{{"VOIDED", 10_00, "AUD", ""}},
		{{"EXPIRED", total, "USD", ""}},
	}
}

// TestPromise_EveryAnswerIsJudgedRightly compares what the calls return for a
// generated family of answers with an oracle that shares no code with them.
func TestPromise_EveryAnswerIsJudgedRightly(t *testing.T) {
	t.Parallel()
	var a answer
	c := clientOf(t, afterpay.V2, &a)
	tried := 0
	for _, a.status = range []int{200, 201, 402} {
		for _, a.verdict = range []string{"APPROVED", "DECLINED", "REVERSED", "PENDING"} {
			for _, a.state = range []string{"AUTH_APPROVED", "PARTIALLY_CAPTURED", "CAPTURED", "VOIDED", "EXPIRED", "AUTH_DECLINED", "CAPTURE_DECLINED", "A_NEW_STATE", ""} {
				for _, a.open = range []int{absent, 0, 50_00, 80_00, 90_00, total} {
					for _, a.events = range histories() {
						for _, a.whose = range []identity{asked, other, noID} {
							for _, q := range questions {
								tried++
								got := outcomeOf(ask(c, q))
								if a.status == 402 {
									// A refusal is never a success.
									require.NotEqual(t, done, got, "%+v: %+v", q, a)
								}
								if complaint := objection(q, a, got); complaint != "" && (a.status != 402 || got != unknown) {
									assert.Fail(t, complaint, "%+v is answered %+v, and the call returns %s", q, a, got)
								}
							}
						}
					}
				}
			}
		}
	}
	require.Greater(t, tried, 5_000)
}

// TestPromise_V1 does the same for Capture under v1, which sends no state.
func TestPromise_V1(t *testing.T) {
	t.Parallel()
	a := answer{status: 201, open: absent}
	c := clientOf(t, afterpay.V1, &a)
	for _, a.verdict = range []string{"APPROVED", "DECLINED", "REVERSED", "PENDING"} {
		for _, a.whose = range []identity{asked, other, noID} {
			got := outcomeOf(ask(c, question{call: "capture"}))
			require.Empty(t, objection(question{call: "capture"}, a, got), "%+v: %s", a, got)
		}
	}
}

// A status that decides nothing leaves the outcome unknown, with the payment that
// came with it, whatever its code.
func TestPromise_DeclineUnderAnUndecidedStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{408, 409, 500, 502, 503, 504, 524} {
		for _, body := range []string{`{"errorCode":"declined"}`, (answer{verdict: "DECLINED", open: absent, whose: asked}).body(paymentID, token)} {
			c, err := afterpay.New("1", "secret", afterpay.WithRetry(afterpay.RetryPolicy{}),
				afterpay.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
				})}))
			require.NoError(t, err)
			for _, q := range questions {
				err := ask(c, q)
				require.Equal(t, unknown, outcomeOf(err), "%d %s %+v", status, body, q)
				require.NotErrorIs(t, err, afterpay.ErrDeclined)
				if strings.Contains(body, "DECLINED") {
					e, _ := errors.AsType[*afterpay.Error](err)
					require.NotNil(t, e.Payment)
				}
			}
		}
	}
}

// TestPromise_Refunds judges the echo of a refund.
func TestPromise_Refunds(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]outcome{
		`{"refundId":"7","requestId":"r-1","amount":{"amount":"5.00","currency":"USD"},"merchantReference":"R-1"}`: done,
		`{"refundId":"7","amount":{"amount":"5.00","currency":"USD"}}`:                                             done,
		`{"refundId":"7","amount":{"amount":"5.00","currency":"usd"}}`:                                             done,
		`{"refundId":"7","requestId":"r-1","amount":{"amount":"6.00","currency":"USD"}}`:                           definite,
		`{"refundId":"7","requestId":"r-1","amount":{"amount":"5.00","currency":"AUD"}}`:                           definite,
		`{"refundId":"7","requestId":"r-1"}`:                                                                       unknown,
		`{"refundId":"7","requestId":"r-1","amount":null}`:                                                         unknown,
		`{"refundId":"7","requestId":"r-1","amount":{"amount":"5.00"}}`:                                            unknown,
		`{"refundId":"7","requestId":"r-2","amount":{"amount":"5.00","currency":"USD"}}`:                           unknown,
		`{"refundId":"7","requestId":"r-1","amount":{"amount":"5.00","currency":"USD"},"merchantReference":"R-2"}`: unknown,
		`{"requestId":"r-1","amount":{"amount":"5.00","currency":"USD"}}`:                                          unknown,
		`{}`: unknown, `[]`: unknown, ``: unknown, `<html>`: unknown,
	} {
		c, err := afterpay.New("1", "secret", afterpay.WithRetry(afterpay.RetryPolicy{}),
			afterpay.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 201, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
			})}))
		require.NoError(t, err)
		_, err = c.Refunds.Create(t.Context(), paymentID, afterpay.RefundRequest{RequestID: "r-1", MerchantReference: "R-1", Amount: afterpay.USD(5_00)})
		require.Equal(t, want, outcomeOf(err), "%s: %v", body, err)
	}
}

// TestOracle_ObjectsToEachKnownFault puts the verdicts back that were wrong once.
func TestOracle_ObjectsToEachKnownFault(t *testing.T) {
	t.Parallel()
	captured := func(amount int, reference string) event { return event{"CAPTURED", amount, "USD", reference} }
	is := func(state string, open int, events ...event) answer {
		return answer{201, "APPROVED", state, open, events, asked}
	}
	for name, x := range map[string]struct {
		q question
		a answer
		o outcome
	}{
		"void-all under an id that voided a part":    {question{call: "voidAll"}, is("AUTH_APPROVED", 90_00, event{"VOIDED", 10_00, "USD", ""}), done},
		"void-all answered AUTH_APPROVED":            {question{call: "voidAll"}, is("AUTH_APPROVED", total), done},
		"capture answered PARTIALLY_CAPTURED":        {question{call: "capture"}, is("PARTIALLY_CAPTURED", 80_00, captured(20_00, "")), done},
		"capture in a new state with money open":     {question{call: "capture"}, is("A_NEW_STATE", 80_00), done},
		"capture of an order voided in part":         {question{call: "capture"}, is("CAPTURED", 0, captured(60_00, ""), event{"VOIDED", 40_00, "USD", ""}), done},
		"part capture without events":                {question{"capturePart", 20_00, ""}, is("PARTIALLY_CAPTURED", 80_00), done},
		"part capture of another reference":          {question{"capturePart", 20_00, "C1"}, is("PARTIALLY_CAPTURED", 50_00, captured(30_00, "C1"), captured(20_00, "C2")), done},
		"another payment":                            {question{call: "capture"}, answer{201, "APPROVED", "CAPTURED", 0, []event{captured(total, "")}, other}, done},
		"another currency":                           {question{"capturePart", 20_00, "C1"}, is("PARTIALLY_CAPTURED", 80_00, event{"CAPTURED", 20_00, "AUD", "C1"}), done},
		"event amount null, called another amount":   {question{"capturePart", 20_00, "C1"}, is("PARTIALLY_CAPTURED", 80_00, event{"CAPTURED", absent, "", "C1"}), definite},
		"event without currency":                     {question{"capturePart", 20_00, "C1"}, is("PARTIALLY_CAPTURED", 80_00, event{"CAPTURED", 20_00, "", "C1"}), definite},
		"missing event while less is open":           {question{"capturePart", 20_00, "C1"}, is("PARTIALLY_CAPTURED", 50_00, captured(30_00, "C0")), definite},
		"DECLINED beside captured money":             {question{call: "capture"}, answer{201, "DECLINED", "CAPTURED", 0, []event{captured(total, "")}, asked}, declined},
		"EXPIRED with captures":                      {question{"capturePart", 20_00, "C1"}, is("EXPIRED", 0, captured(20_00, "C1")), definite},
		"unknown although it is plainly a success":   {question{call: "capture"}, is("CAPTURED", 0, captured(total, "")), unknown},
		"unknown although it is plainly declined":    {question{call: "capture"}, answer{201, "DECLINED", "CAPTURE_DECLINED", total, nil, asked}, unknown},
		"void of a part taken for a void of another": {question{"void", 10_00, ""}, is("AUTH_APPROVED", 80_00, event{"VOIDED", 20_00, "USD", ""}), done},
	} {
		require.NotEmpty(t, objection(x.q, x.a, x.o), name)
	}
}

// A payment of another total than the request named is in doubt: money moved, and
// it is not what was asked for.
func TestPromise_TotalIsCompared(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(c *afterpay.Client, amount afterpay.Money) error{
		"capture": func(c *afterpay.Client, amount afterpay.Money) error {
			_, err := c.Payments.Capture(t.Context(), afterpay.CaptureRequest{Token: token, Amount: amount})
			return err
		},
		"authorize": func(c *afterpay.Client, amount afterpay.Money) error {
			_, err := c.Payments.Authorize(t.Context(), afterpay.AuthorizeRequest{Token: token, Amount: amount})
			return err
		},
	} {
		a := answer{201, "APPROVED", "CAPTURED", 0, []event{{"CAPTURED", total, "USD", ""}}, asked}
		c := clientOf(t, afterpay.V2, &a)
		require.NoError(t, ask(c, afterpay.USD(total)), name)
		for _, expected := range []afterpay.Money{afterpay.USD(total - 1), afterpay.USD(total + 1), afterpay.AUD(total)} {
			err := ask(c, expected)
			require.ErrorIs(t, err, afterpay.ErrAmountMismatch, name)
			require.ErrorIs(t, err, afterpay.ErrOutcomeUnknown, name)
			e, _ := errors.AsType[*afterpay.Error](err)
			require.NotNil(t, e.Payment)
		}
	}
}

// An error body under a success is not a success.
func TestPromise_ReverseAnsweredWithAnErrorIsUnknown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"errorCode":"error","errorId":"1"}`, `{"errorId":"5c1f0e2a9b7d4e63"}`, `<html>`, `{`} {
		c, err := afterpay.New("1", "secret", afterpay.WithRetry(afterpay.RetryPolicy{}),
			afterpay.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
			})}))
		require.NoError(t, err)
		require.ErrorIs(t, c.Payments.Reverse(t.Context(), token), afterpay.ErrOutcomeUnknown, body)
	}
}
