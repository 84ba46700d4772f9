package afterpay_test

import (
	"context"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/internal/suite/suitetest"
)

func refundExchanges(file fromFile) []wireExchange {
	const path = "/payments/" + suitetest.PaymentID + "/refund"
	refund := func(version afterpay.APIVersion, name, response string, req afterpay.RefundRequest, body string) wireExchange {
		return wireExchange{
			name: "refund, " + name, version: version, method: "POST", path: map[afterpay.APIVersion]string{1: "/v1", 2: "/v2"}[version] + path,
			body: body, answer: file(201, response),
			invoke: func(ctx context.Context, c *afterpay.Client) error {
				return second(c.Refunds.Create(ctx, suitetest.PaymentID, req))
			},
		}
	}
	required := afterpay.RefundRequest{Amount: afterpay.USD(10_00)}
	const requiredJSON = `{"requestId":"made-for-you","amount":{"amount":"10.00","currency":"USD"},"merchantReference":"made-for-you"}`
	return []wireExchange{
		refund(afterpay.V2, "every field", "v2_refund_created_201",
			afterpay.RefundRequest{RequestID: "request-1", Amount: afterpay.USD(10_00), MerchantReference: "R-1", RefundMerchantReference: "R-1-settled"},
			`{"requestId":"request-1","amount":{"amount":"10.00","currency":"USD"},"merchantReference":"R-1","refundMerchantReference":"R-1-settled"}`),
		refund(afterpay.V2, "required fields", "v2_refund_created_201", required, requiredJSON),
		refund(afterpay.V1, "every field", "v1_refund_created_201",
			afterpay.RefundRequest{RequestID: suitetest.RequestID, Amount: afterpay.AUD(50_00), MerchantReference: "my_reference"},
			`{"requestId":"`+suitetest.RequestID+`","amount":{"amount":"50.00","currency":"AUD"},"merchantReference":"my_reference"}`),
		refund(afterpay.V1, "required fields", "v2_refund_created_201", required, requiredJSON),
	}
}
