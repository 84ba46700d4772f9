package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// sample is a document with one element of each type.
type sample struct {
	Text    Text    `xml:"Text"`
	Money   Money   `xml:"Money"`
	Boolean Boolean `xml:"Boolean"`
	ID      Text    `xml:"id,attr"`
}

func decodeSample(document string) (sample, error) {
	var s sample
	err := Decode([]byte(document), func(root string) any {
		if root == "Root" {
			return &s
		}
		return nil
	})
	return s, err
}

func TestMoney_EveryFormOfAnAmountIsRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"64": 64_00, "64.9": 64_90, "64.95": 64_95, " \n\t64.95\r\n ": 64_95, "0": 0, "0.00": 0, "-0.00": 0, "+64.95": 64_95,
		"064.95": 64_95, "64.": 64_00, ".95": 95, "+.5": 50, "64.9500": 64_95, "64.000000000000000000000": 64_00,
		"6<!-- -->4.95": 64_95, "<![CDATA[64.95]]>": 64_95, "&#54;4.95": 64_95, "92233720368547758.07": 1<<63 - 1,
	} {
		s, err := decodeSample(`<Root><Money currencyCode=" usd ">` + text + `</Money></Root>`)
		require.NoError(t, err, text)
		require.Equal(t, afterpay.USD(want), s.Money.Money(), text)
	}
}

func TestMoney_WhatHasNoExactMeaningIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-64.95", "64.951", "64,95", "1,064.95", "1 064.95", "6495e-2", "NaN", "INF", "much", "$64.95", "64.95 USD", "0x40", "٦٤", ".", "+",
		"++1", "+-1", "+-0", "-", "--0", "6.4.95", "92233720368547758.08", "1_000", "64.95.", "-.5",
	} {
		_, err := decodeSample(`<Root><Money currencyCode="USD">` + text + `</Money></Root>`)
		require.ErrorIs(t, err, errAmount, text)
	}
	for _, currency := range []string{"", "US", "USDX", "U$D", "uſd", "840"} {
		_, err := decodeSample(`<Root><Money currencyCode="` + currency + `">1.00</Money></Root>`)
		require.ErrorIs(t, err, errAmount, currency)
	}
	for _, attributes := range []string{`currencyCode="USD" currencyCode="USD"`, `x:currencyCode="USD"`} {
		_, err := decodeSample(`<Root><Money ` + attributes + `>1.00</Money></Root>`)
		require.Error(t, err, attributes)
	}
	_, err := decodeSample(`<Root><Money>1.00</Money></Root>`)
	require.ErrorIs(t, err, errAmount)
	_, err = decodeSample(`<Root><Money currencyCode="USD">1<b/>00</Money></Root>`)
	require.ErrorIs(t, err, errNested)
}

func TestText_IsTrimmedAndOccursOnce(t *testing.T) {
	t.Parallel()
	s, err := decodeSample("<x:Root id=' 7 '><Text>\n a  b&amp;\t</Text></x:Root>")
	require.NoError(t, err)
	require.Equal(t, "a  b&", s.Text.String())
	require.Equal(t, "7", s.ID.String())
	for _, element := range []string{"<Text>a</Text>", "<Text/>", `<Money currencyCode="USD">1</Money>`, "<Boolean>0</Boolean>"} {
		_, err = decodeSample("<Root>" + element + element + "</Root>")
		require.ErrorIs(t, err, errRepeated, element)
	}
	_, err = decodeSample(`<Root id="1" id="2"/>`)
	require.ErrorIs(t, err, errRepeated)
	_, err = decodeSample("<Root><Text>a<b>c</b></Text></Root>")
	require.ErrorIs(t, err, errNested)
}

func TestBoolean_TakesTheFourWordsOfXMLSchema(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"true": true, "1": true, " false ": false, "0": false} {
		s, err := decodeSample("<Root><Boolean>" + text + "</Boolean></Root>")
		require.NoError(t, err)
		require.Equal(t, Boolean{True: want, Present: true}, s.Boolean)
	}
	for _, text := range []string{"", "yes", "TRUE", "2"} {
		_, err := decodeSample("<Root><Boolean>" + text + "</Boolean></Root>")
		require.ErrorIs(t, err, errBoolean, text)
	}
}

func TestDecode_RefusesHostileDocuments(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]error{
		"": errSyntax, "text": errSyntax, "<Root>": errSyntax, "<Root/><Root/>": errSyntax, "<Root/>text": errSyntax, "<Other/>": errRoot,
		"<!DOCTYPE Root><Root/>":                                errDeclaration,
		"<Root/><!DOCTYPE Root>":                                errSyntax,
		"<Root>&undeclared;</Root>":                             errSyntax,
		"<Root>" + strings.Repeat("<a>", 40) + "</Root>":        errTooDeep,
		"<Root>" + strings.Repeat("<a/>", 20_000) + "</Root>":   errTooManyNodes,
		"<Root>" + strings.Repeat(" ", MaxDocument) + "</Root>": errTooLarge,
	} {
		_, err := decodeSample(document)
		require.ErrorIs(t, err, want, "%.40s", document)
	}
	_, err := decodeSample("\xef\xbb\xbf<Root/>")
	require.NoError(t, err, "a byte order mark is harmless")
}
