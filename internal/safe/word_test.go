package safe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// token is of the form of an order's.
const token = "002.kmj4vinsalsm884adskrfc6sticluc1472d30tm9tom951of"

func TestWord(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "AU", "APPROVED", "PAY_BY_INSTALLMENT", "dispute.created", "needs-response", strings.Repeat("a", 40)} {
		require.Equal(t, s, Word(s))
	}
	for _, s := range []string{"0412345678", "a b", "jane@mail.example", token, "Zoë", "a\n", "+61", strings.Repeat("a", 41)} {
		require.Empty(t, Word(s), s)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"bff68cc7fdcdca58", "c6681293f05da67", "0000000000000a01", "0000000000000007", "BFF68CC7FDCDCA58", // error ids
		"7d1f0c2a9b7d4e63-SYD", "7d1f0c2a9b7d4e63", // ray ids
		"ed5d72kgz3ezlylm7g3qxiej6a", "1xqfhIAfqRsEIQGm4FtdAbXkE5M", "018f3c1e-7d2a-7c3b-9f10-2b6a5d4c3e21", // correlation ids
		"a1" + strings.Repeat("b2", 19),
	} {
		require.Equal(t, s, ID(s))
	}
	for _, s := range []string{
		"", "0412345678", "+61412345678", "000412345678901", "61412345678901", "4111111111111111", "0412-345-678-901-2", // numbers
		"Jane", "Citizen", "ChristopherJohnson", "AlexandraMariaHamilton", "Jane Citizen", "jane@mail.example", "facade", // names
		"AlexandraMaria0412345678", "0412345678AlexandraMaria", "deadbeef-Jane-0412345678", "-SYD", "Jane-SYD",
		token, strings.TrimPrefix(token, "002."), "a1" + strings.Repeat("b2", 19) + "c", // longer than 40
		strings.Repeat("a1", 21), "bff68cc7fdcdca58\n", "bff68cc7fdcdcaé8",
	} {
		require.Empty(t, ID(s), s)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "100570320832", "dp_1", "order:7.1", "mine", "018f3c1e-7d2a-7c3b-9f10-2b6a5d4c3e21", "v1.2", "12.3", "1234.5", strings.Repeat("k", 64)} {
		require.Equal(t, s, Key(s))
	}
	for _, s := range []string{"a b", "jane@mail.example", "+61412345678", token, "001.x", "a/b", "é", strings.Repeat("k", 65)} {
		require.Empty(t, Key(s), s)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	known := func(name string) bool { return name == "items" || name == "price" }
	for s, want := range map[string]string{
		"items": "items", "items[2]": "items[2]", "items[2].price": "items[2].price", "items[9999].price[0]": "items[9999].price[0]",
		"": "", ".": "", ".items": "", "Jane": "", "0412345678": "", "items price": "", "[1]": "", "items.": "items", "items.Jane": "items",
		"items[0412345678].price": "items", "items[12345]": "items", "items[Jane].price": "items", "items[]": "items", "items[1": "items",
		"items[1]x": "items", "items[1][2]": "items", "items[2].Jane[1].price": "items[2]", "items[2].price[Jane]": "items[2].price",
	} {
		require.Equal(t, want, Path(s, known), s)
	}
	require.Equal(t, "items"+strings.Repeat(".price", 15), Path("items"+strings.Repeat(".price", 1000), known), "at most 100 bytes")
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		s    string
		n    int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "lo…"},
		{"aééé", 6, "aé…"},
		{"ééé", 5, "é…"},
		{"abc", 1, "…"},
		{"", 0, ""},
	} {
		require.Equal(t, x.want, Limit(x.s, x.n))
	}
}

func TestRedacted(t *testing.T) {
	t.Parallel()
	require.Equal(t, "[redacted]", Redacted().String())
}
