package afterpay_test

import (
	"log/slog"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

func TestParseRedirect(t *testing.T) {
	t.Parallel()
	const token = "002.kmj4vinsalsm"
	for name, x := range map[string]struct {
		query string
		want  afterpay.Redirect
		fault string // what the error says; "": none
	}{
		"success":                       {"status=SUCCESS&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"cancelled":                     {"orderToken=" + token + "&status=CANCELLED", afterpay.Redirect{Token: token, Status: afterpay.RedirectCancelled}, ""},
		"express cancel":                {"status=CANCEL&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectCancelled}, ""},
		"failure of v1":                 {"status=FAILURE&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectFailure}, ""},
		"token as v1 called it":         {"status=SUCCESS&token=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"a shop's own token":            {"token=csrf&status=SUCCESS&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"unknown status":                {"status=ON_HOLD&orderToken=" + token, afterpay.Redirect{Token: token, Status: "ON_HOLD"}, ""},
		"the shop's own parameters":     {"order=7&a=&status=SUCCESS&orderToken=" + token + "&utm=x", afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"stray separators":              {"&&order=7&&status=SUCCESS&&orderToken=" + token + "&", afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"malformed neighbours":          {"a;b=1&c=%zz&status=SUCCESS&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"escapes":                       {"status=%53UCCESS&orderToken=a%2Bb%3D", afterpay.Redirect{Token: "a+b=", Status: afterpay.RedirectSuccess}, ""},
		"second question mark":          {"hash=x?status=SUCCESS&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"slash behind the token":        {"status=SUCCESS&orderToken=" + token + "/", afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"slash behind the status":       {"orderToken=" + token + "&status=SUCCESS/", afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"question mark of the shop's":   {"next=/a?status=FAILURE&status=SUCCESS&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"slash in the token":            {"status=SUCCESS&orderToken=a%2Fb%2B", afterpay.Redirect{Token: "a/b+", Status: afterpay.RedirectSuccess}, ""},
		"twice the same":                {"status=SUCCESS&status=SUCCESS&orderToken=" + token + "&orderToken=" + token, afterpay.Redirect{Token: token, Status: afterpay.RedirectSuccess}, ""},
		"two tokens":                    {"status=SUCCESS&orderToken=a&orderToken=b", afterpay.Redirect{}, "orderToken is present more than once, with different values"},
		"two statuses":                  {"status=SUCCESS&status=CANCELLED&orderToken=a", afterpay.Redirect{}, "status is present more than once, with different values"},
		"two tokens, as v1 called them": {"status=SUCCESS&token=a&token=b", afterpay.Redirect{}, "token is present more than once, with different values"},
		"no token":                      {"status=SUCCESS", afterpay.Redirect{}, "orderToken is missing"},
		"empty token":                   {"status=SUCCESS&orderToken=", afterpay.Redirect{}, "orderToken is empty"},
		"no status":                     {"orderToken=" + token, afterpay.Redirect{}, "status is missing"},
		"empty status":                  {"status=&orderToken=" + token, afterpay.Redirect{}, "status is empty"},
		"other letters":                 {"Status=SUCCESS&ordertoken=" + token, afterpay.Redirect{}, "orderToken is missing"},
		"nothing":                       {"", afterpay.Redirect{}, "orderToken is missing"},
		"token only in the fragment":    {"status=SUCCESS#orderToken=" + token, afterpay.Redirect{}, "orderToken is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse("https://shop.example/ok?" + x.query)
			require.NoError(t, err)
			got, err := afterpay.ParseRedirect(u)
			require.Equal(t, x.want, got)
			if x.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, afterpay.ErrInvalid)
			require.EqualError(t, err, "afterpay: redirect: invalid request: "+x.fault)
		})
	}
	_, err := afterpay.ParseRedirect(nil)
	require.EqualError(t, err, "afterpay: redirect: invalid request: url is required")
}

func TestOnlySuccessIsConfirmed(t *testing.T) {
	t.Parallel()
	for status, confirmed := range map[afterpay.RedirectStatus]bool{
		afterpay.RedirectSuccess: true, afterpay.RedirectCancelled: false, afterpay.RedirectFailure: false, "ON_HOLD": false, "success": false, "": false,
	} {
		require.Equal(t, confirmed, afterpay.Redirect{Token: "t", Status: status}.Confirmed(), status)
	}
	require.Equal(t, slog.GroupValue(slog.String("status", "SUCCESS")), afterpay.Redirect{Token: "t", Status: afterpay.RedirectSuccess}.LogValue())
}
