package afterpay

import (
	"testing"
	"time"
)

func goldenDisputes() []goldenCase[Dispute] {
	epoch := func(seconds int64) Timestamp { return Timestamp{time.Unix(seconds, 0).UTC()} }
	return []goldenCase[Dispute]{
		{"v2_dispute_200.json", Dispute{
			ID: "dp_0002", PaymentID: "100100000001", MerchantOrderID: "A-1", Amount: USD(48_46),
			Reason: ReasonProductNotReceived, Status: DisputeNeedsResponse, Open: true,
			ResponseDueBy: epoch(1691884800), CreatedAt: epoch(1690836227), UpdatedAt: epoch(1690836227), TransactionDate: epoch(1690830000),
			OpeningNote: "The parcel never came.", OpeningNoteAttachments: []string{"fi_0001"},
			Meta: DisputeMeta{TransactionAmount: USD(48_46), OrderType: "ONLINE"},
		}},
		{"v2_dispute_accepted_200.json", Dispute{
			ID: "dp_0002", PaymentID: "100100000001", MerchantOrderID: "A-1", Amount: USD(48_46),
			Reason: ReasonProductNotReceived, Status: DisputeLost,
			CreatedAt: epoch(1690836227), UpdatedAt: epoch(1690922627), TransactionDate: epoch(1690830000),
			OpeningNote: "The parcel never came.", OpeningNoteAttachments: []string{"fi_0001"},
			ClosingReason: ClosedMerchantAccepted, SettlementAmount: USD(48_46),
			Meta: DisputeMeta{TransactionAmount: USD(48_46), OrderType: "ONLINE"},
		}},
		{"v2_dispute_wrapped_200.json", Dispute{
			ID: "dp_0003", PaymentID: "100100000002", MerchantOrderID: "A-2", Amount: AUD(25_00),
			Reason: ReasonProductNotReceived, Status: DisputeUnderReview, Open: true,
			CreatedAt: epoch(1690836227), UpdatedAt: epoch(1690836300), TransactionDate: epoch(1690830000),
			OpeningNote: "The parcel never came.", OpeningNoteAttachments: []string{"fi_0003"},
			Meta: DisputeMeta{TransactionAmount: AUD(30_00), OrderType: "ONLINE"},
		}},
	}
}

func goldenDisputePages() []goldenCase[DisputePage] {
	epoch := func(seconds int64) Timestamp { return Timestamp{time.Unix(seconds, 0).UTC()} }
	return []goldenCase[DisputePage]{
		{"v2_dispute_list_200.json", DisputePage{Total: 1, Limit: 20, Disputes: []*Dispute{{
			ID: "dp_0001", PaymentID: "100000000001", MerchantOrderID: "order-1001", Amount: Money{Amount: 25_00},
			Reason: ReasonProductNotReceived, Status: DisputeNeedsResponse, Open: true,
			ResponseDueBy: epoch(1700000000), CreatedAt: epoch(1699000000), UpdatedAt: epoch(1699000001), TransactionDate: epoch(1698000000),
			OpeningNote: "…", OpeningNoteAttachments: []string{"…"}, ClosingReason: ClosedDeadlineExpired, ClosingNote: "…",
			SettlementAmount: Money{Amount: 25_00},
			Meta:             DisputeMeta{TransactionAmount: Money{Amount: 25_00}, Network: "…", NetworkReferenceID: "…", OrderType: "…"},
		}}}},
	}
}

func goldenEvidenceFiles() []goldenCase[EvidenceFile] {
	at := Timestamp{time.Date(2023, 8, 18, 2, 5, 23, 121893000, time.UTC)} // sent without a zone
	return []goldenCase[EvidenceFile]{
		{"v2_dispute_file_created_201.json", EvidenceFile{ID: "fi_0001", CreatedAt: at, ExpiresAt: Timestamp{at.AddDate(0, 1, 0)}}},
		{"v2_dispute_file_link_200.json", EvidenceFile{URL: "https://files.example/fi_0001?signature=0a1b", ExpiresAt: Timestamp{at.Add(time.Hour)}}},
	}
}

func TestGoldenDisputes(t *testing.T) {
	t.Parallel()
	requireReads(t, goldenDisputes(), decoded[Dispute])
	requireReads(t, goldenDisputePages(), decoded[DisputePage])
	requireReads(t, goldenEvidenceFiles()[:1], decoded[EvidenceFile])
	requireReads(t, goldenEvidenceFiles()[1:], decoded[EvidenceFile])
	requireTolerance(t, "v2_dispute_200.json", decoded[Dispute])
	requireTolerance(t, "v2_dispute_accepted_200.json", decoded[Dispute])
}

func FuzzDispute(f *testing.F) {
	for _, text := range []string{
		`{"id":"dp_1","amount":1e3}`, `{"dispute":{"dispute":{"id":"dp_1"}}}`, `{"id":"dp_1","amount":"0.00","currency":""}`,
		`{"id":"dp_1","createdAt":-1,"updatedAt":253402300798,"responseDueBy":"2024-02-29T23:59:59.123456+14:00"}`,
		`{"id":"dp_1","meta":{"transactionAmount":{"amount":5,"currency":"USD"}},"openingNoteAttachments":[null,{},""]}`,
	} {
		f.Add([]byte(text), false, uint16(1))
	}
	fuzzReader(f, decoded[Dispute], "v2_dispute_*.json")
}
