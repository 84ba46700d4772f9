module github.com/afterpay-go/afterpay/bench

go 1.26.0

require (
	github.com/afterpay-go/afterpay v0.0.0
	github.com/cockroachdb/apd/v3 v3.2.3
	github.com/google/go-github/v90 v90.0.0
	github.com/govalues/decimal v0.1.36
	github.com/openai/openai-go/v3 v3.96.0
	github.com/plutov/paypal/v4 v4.17.0
	github.com/shopspring/decimal v1.6.0
	github.com/stripe/stripe-go/v86 v86.1.0
)

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/tidwall/gjson v1.20.0 // indirect
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.1 // indirect
	github.com/tidwall/sjson v1.2.5 // indirect
)

replace github.com/afterpay-go/afterpay => ../
