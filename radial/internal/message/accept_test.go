package message

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
)

// testReply is a reply that needs a Value.
type testReply struct {
	Common
	Value Text `xml:"Value"`
}

func (r *testReply) Missing() string {
	if r.Value.String() == "" {
		return "Value"
	}
	return ""
}

func TestAccept_ComparesTheReplyWithTheRequest(t *testing.T) {
	t.Parallel()
	strict := Operation{Success: "OK", Declined: "NO", NamesOrder: true, NamesTender: true}
	bare := Operation{}
	asked := Asked{RequestID: "r", SessionID: "s", StoreID: "S", OrderID: "A  1", PaymentID: "p", Amount: afterpay.USD(5_00)}
	const whole = "<PaymentContext><OrderId>A 1</OrderId><TenderType>AF</TenderType></PaymentContext><Value>v</Value>"
	for name, c := range map[string]struct {
		op      *Operation
		content string
		want    error
	}{
		"complete":                    {&strict, whole + "<ResponseCode>OK</ResponseCode>", nil},
		"complete with amount":        {&strict, whole + `<ResponseCode>OK</ResponseCode><Amount currencyCode="USD">5</Amount>`, nil},
		"another amount":              {&strict, whole + `<ResponseCode>OK</ResponseCode><Amount currencyCode="USD">0</Amount>`, errOtherAmount},
		"another currency":            {&strict, whole + `<ResponseCode>OK</ResponseCode><Amount currencyCode="NZD">5</Amount>`, errOtherCurrency},
		"declined with zero":          {&strict, whole + `<ResponseCode>NO</ResponseCode><Amount currencyCode="USD">0.00</Amount>`, nil},
		"declined for another amount": {&strict, whole + `<ResponseCode>NO</ResponseCode><Amount currencyCode="USD">4</Amount>`, errOtherAmount},
		"declined, nothing else":      {&strict, "<PaymentContext><OrderId>A 1</OrderId><TenderType>AF</TenderType></PaymentContext><ResponseCode>NO</ResponseCode>", nil},
		"declined, another order":     {&strict, "<PaymentContext><OrderId>B</OrderId><TenderType>AF</TenderType></PaymentContext><ResponseCode>NO</ResponseCode>", errOtherOrder},
		"unknown outcome":             {&strict, whole + "<ResponseCode>ok</ResponseCode>", errOutcome},
		"no outcome":                  {&strict, whole, errOutcome},
		"nothing required":            {&bare, "<Value>v</Value>", nil},
		"nothing required, declined":  {&bare, "<Value>v</Value><ResponseCode>Fail</ResponseCode>", nil},
		"another tender at the root":  {&bare, "<Value>v</Value><TenderType>KL</TenderType>", errOtherTender},
		"same store and payment":      {&bare, "<Value>v</Value><StoreId>S</StoreId><PaymentId>p</PaymentId>", nil},
		"another store":               {&bare, "<Value>v</Value><StoreId>T</StoreId>", errOtherStore},
		"another payment":             {&bare, "<Value>v</Value><PaymentId>q</PaymentId>", errOtherPayment},
		"another order in the base":   {&bare, "<Value>v</Value><PaymentContextBase><OrderId>B</OrderId></PaymentContextBase>", errOtherOrder},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var reply testReply
			require.NoError(t, Decode([]byte("<R>"+c.content+"</R>"), func(string) any { return &reply }))
			require.Equal(t, c.want, c.op.Accept(asked, &reply))
		})
	}
	var reply testReply
	require.EqualError(t, bare.Accept(asked, &reply), "reply has no Value")
	require.NoError(t, Decode([]byte(`<R requestId="x" sessionId="y"><Value>v</Value></R>`), func(string) any { return &reply }))
	require.Equal(t, errOtherRequest, bare.Accept(asked, &reply))
	require.Equal(t, errOtherSession, bare.Accept(Asked{SessionID: "s"}, &reply))
	require.NoError(t, bare.Accept(Asked{}, &reply), "an id that was not asked with is not compared")
}

func TestOutcome_CodesMeanWhatTheOperationSays(t *testing.T) {
	t.Parallel()
	codes := Operation{Success: "APPROVED", Declined: "DECLINED"}
	none := Operation{}
	for code, want := range map[string][2]Outcome{
		"APPROVED": {Succeeded, Unknown}, "DECLINED": {Declined, Unknown}, "Fail": {Failed, Failed}, "Timeout": {TimedOut, TimedOut},
		"PaymentProcessorTimeout": {TimedOut, TimedOut}, "": {Unknown, Succeeded}, "Success": {Unknown, Succeeded},
	} {
		require.Equal(t, want, [2]Outcome{codes.Outcome(code), none.Outcome(code)}, code)
	}
}
