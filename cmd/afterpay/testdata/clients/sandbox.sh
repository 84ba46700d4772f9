#!/usr/bin/env bash
# A shop in curl: an order is approved and paid for, and a second one declined.
set -euo pipefail
url=$1
call() { curl --fail-with-body -sS -u 100101481:not-a-secret -H 'Content-Type: application/json' -H 'Accept: application/json' "$@"; }
field() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }
order='{"amount":{"amount":"40.00","currency":"USD"},"consumer":{"email":"ann@example.com"},
	"merchant":{"redirectConfirmUrl":"https://shop.example/y","redirectCancelUrl":"https://shop.example/n"}}'

token=$(call -d "$order" "$url/v2/checkouts" | field token)
curl --fail-with-body -sS -d "{\"token\":\"$token\"}" "$url/_sandbox/approve" >/dev/null
status=$(call -d "{\"token\":\"$token\"}" "$url/v2/payments/capture" | grep -o '"status":"[A-Z]*"' | head -1)
[ "$status" = '"status":"APPROVED"' ] || { echo "curl: approved order has $status"; exit 1; }

token=$(call -d "$order" "$url/v2/checkouts" | field token)
curl --fail-with-body -sS -d "{\"token\":\"$token\"}" "$url/_sandbox/decline" >/dev/null
status=$(call -d "{\"token\":\"$token\"}" "$url/v2/payments/capture" | grep -o '"status":"[A-Z]*"' | head -1)
[ "$status" = '"status":"DECLINED"' ] || { echo "curl: declined order has $status"; exit 1; }
echo "curl: approved and declined"
