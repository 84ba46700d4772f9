package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The types that a programmer without an SDK would write.

type rawMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type rawConsumer struct {
	GivenNames  string `json:"givenNames"`
	Surname     string `json:"surname"`
	Email       string `json:"email"`
	PhoneNumber string `json:"phoneNumber"`
}

type rawContact struct {
	Name        string `json:"name"`
	Line1       string `json:"line1"`
	Area1       string `json:"area1"`
	Region      string `json:"region"`
	Postcode    string `json:"postcode"`
	CountryCode string `json:"countryCode"`
	PhoneNumber string `json:"phoneNumber"`
}

type rawItem struct {
	Name     string   `json:"name"`
	SKU      string   `json:"sku"`
	Quantity int      `json:"quantity"`
	Price    rawMoney `json:"price"`
}

type rawMerchant struct {
	RedirectConfirmURL string `json:"redirectConfirmUrl"`
	RedirectCancelURL  string `json:"redirectCancelUrl"`
}

type rawOrder struct {
	Amount            rawMoney    `json:"amount"`
	Consumer          rawConsumer `json:"consumer"`
	Shipping          rawContact  `json:"shipping"`
	Items             []rawItem   `json:"items"`
	Merchant          rawMerchant `json:"merchant"`
	MerchantReference string      `json:"merchantReference"`
}

type rawCreated struct {
	Token               string    `json:"token"`
	Expires             time.Time `json:"expires"`
	RedirectCheckoutURL string    `json:"redirectCheckoutUrl"`
}

type rawEvent struct {
	ID                            string     `json:"id"`
	Created                       time.Time  `json:"created"`
	Expires                       *time.Time `json:"expires"`
	Type                          string     `json:"type"`
	Amount                        rawMoney   `json:"amount"`
	PaymentEventMerchantReference *string    `json:"paymentEventMerchantReference"`
}

type rawRefund struct {
	RefundID          string    `json:"refundId"`
	RequestID         string    `json:"requestId"`
	Amount            rawMoney  `json:"amount"`
	MerchantReference string    `json:"merchantReference"`
	RefundedAt        time.Time `json:"refundedAt"`
}

type rawPayment struct {
	ID                  string      `json:"id"`
	Token               string      `json:"token"`
	Status              string      `json:"status"`
	PaymentState        string      `json:"paymentState"`
	Created             time.Time   `json:"created"`
	OriginalAmount      rawMoney    `json:"originalAmount"`
	OpenToCaptureAmount rawMoney    `json:"openToCaptureAmount"`
	MerchantReference   string      `json:"merchantReference"`
	Refunds             []rawRefund `json:"refunds"`
	OrderDetails        struct {
		Consumer rawConsumer `json:"consumer"`
		Billing  rawContact  `json:"billing"`
		Shipping rawContact  `json:"shipping"`
		Items    []rawItem   `json:"items"`
	} `json:"orderDetails"`
	Events []rawEvent `json:"events"`
}

type rawPage struct {
	TotalResults int          `json:"totalResults"`
	Limit        int          `json:"limit"`
	Offset       int          `json:"offset"`
	Results      []rawPayment `json:"results"`
}

type rawError struct {
	ErrorCode      string `json:"errorCode"`
	ErrorID        string `json:"errorId"`
	Message        string `json:"message"`
	HTTPStatusCode int    `json:"httpStatusCode"`
}

// naive is raw net/http and encoding/json as they come.
func naive(ctx context.Context, hc *http.Client, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	req.SetBasicAuth("merchant", "secret")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "shop/1.0")
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		var e rawError
		if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
			return err
		}
		return fmt.Errorf("%d %s: %s", resp.StatusCode, e.ErrorCode, e.Message)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
