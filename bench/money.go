package main

import (
	"context"
	"encoding/json"

	"github.com/cockroachdb/apd/v3"
	govalues "github.com/govalues/decimal"
	shopspring "github.com/shopspring/decimal"

	"github.com/afterpay-go/afterpay"
)

// sink keeps results from being optimised away.
var sink struct {
	money      afterpay.Money
	amount     afterpay.Amount
	govalues   govalues.Decimal
	shopspring shopspring.Decimal
	apd        apd.Decimal
	text       []byte
	cmp        int
}

// money compares exact amounts with the decimal libraries.
func money(_ context.Context, s settings) error {
	ours, ours2 := afterpay.MustParseMoney("1234.56", "USD"), afterpay.MustParseMoney("0.44", "USD")
	gov, gov2 := govalues.MustParse("1234.56"), govalues.MustParse("0.44")
	shop, shop2 := shopspring.RequireFromString("1234.56"), shopspring.RequireFromString("0.44")
	var cock, cock2 apd.Decimal
	for text, d := range map[string]*apd.Decimal{"1234.56": &cock, "0.44": &cock2} {
		if _, _, err := d.SetString(text); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, 32)
	for _, op := range []struct {
		title      string
		contenders []contender
	}{
		{"parse", []contender{
			{"afterpay", func() (err error) { sink.money, err = afterpay.ParseMoney("1234.56", "USD"); return }},
			{"govalues", func() (err error) { sink.govalues, err = govalues.Parse("1234.56"); return }},
			{"shopspring", func() (err error) { sink.shopspring, err = shopspring.NewFromString("1234.56"); return }},
			{"apd", func() error { _, _, err := sink.apd.SetString("1234.56"); return err }},
		}},
		{"format into a buffer", []contender{
			{"afterpay", func() (err error) { sink.text, err = ours.Amount.AppendText(buf[:0]); return }},
			{"govalues", func() (err error) { sink.text, err = gov.AppendText(buf[:0]); return }},
			{"shopspring, String", func() error { sink.text = []byte(shop.String()); return nil }},
			{"apd", func() error { sink.text = cock.Append(buf[:0], 'f'); return nil }},
		}},
		{"add", []contender{
			{"afterpay", func() (err error) { sink.money, err = ours.Add(ours2); return }},
			{"govalues", func() (err error) { sink.govalues, err = gov.Add(gov2); return }},
			{"shopspring", func() error { sink.shopspring = shop.Add(shop2); return nil }},
			{"apd", func() error { _, err := apd.BaseContext.WithPrecision(19).Add(&sink.apd, &cock, &cock2); return err }},
		}},
		{"compare", []contender{
			{"afterpay", func() (err error) { sink.cmp, err = ours.Cmp(ours2); return }},
			{"govalues", func() error { sink.cmp = gov.Cmp(gov2); return nil }},
			{"shopspring", func() error { sink.cmp = shop.Cmp(shop2); return nil }},
			{"apd", func() error { sink.cmp = cock.Cmp(&cock2); return nil }},
		}},
		{"to JSON", []contender{
			{"afterpay, amount", func() (err error) { sink.text, err = json.Marshal(&ours.Amount); return }},
			{"govalues", func() (err error) { sink.text, err = json.Marshal(&gov); return }},
			{"shopspring", func() (err error) { sink.text, err = json.Marshal(&shop); return }},
			{"apd, text", func() (err error) { sink.text, err = json.Marshal(&cock); return }},
		}},
		{"from JSON", []contender{
			{"afterpay, amount", func() error { return json.Unmarshal([]byte(`"1234.56"`), &sink.amount) }},
			{"govalues", func() error { return json.Unmarshal([]byte(`"1234.56"`), &sink.govalues) }},
			{"shopspring", func() error { return json.Unmarshal([]byte(`"1234.56"`), &sink.shopspring) }},
			{"apd, text", func() error { return json.Unmarshal([]byte(`"1234.56"`), &sink.apd) }},
		}},
	} {
		if err := compare("Money: "+op.title, "op", 1, s, op.contenders); err != nil {
			return err
		}
	}
	return nil
}
