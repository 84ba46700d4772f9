package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
)

func newDisputes(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "disputes", Short: "List disputes and respond to them"}
	cmd.AddCommand(newDisputesList(a), newDisputesShow(a), newDisputesRespond(a), newDisputesAccept(a), newDisputesUpload(a))
	return cmd
}

func disputeColumns() []string {
	return []string{"dispute", "payment", "merchant_reference", "status", "reason", "currency", "amount", "due", "created"}
}

func disputeCells(d *afterpay.Dispute) []any {
	return []any{
		d.ID, d.PaymentID, d.MerchantOrderID, d.Status, d.Reason, d.Amount.Currency, d.Amount.Amount,
		instant(d.ResponseDueBy.Time), instant(d.CreatedAt.Time),
	}
}

func newDisputesList(a *app) *cobra.Command {
	var d days
	var status afterpay.DisputeStatus
	var payment string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List disputes with the dates by which to respond",
		Example: "  afterpay disputes list --status needs_response",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			from, to, err := d.parse()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			rows, err := a.rows(disputeColumns()...)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, rows.Close()) }()
			q := afterpay.DisputeQuery{Status: status, PaymentID: payment, OpenedAfter: from, OpenedBefore: to}
			for dispute, err := range client.Disputes.All(cmd.Context(), q) {
				if err != nil {
					return err
				}
				if err := rows.Write(disputeCells(dispute)...); err != nil {
					return err
				}
			}
			return nil
		},
	}
	d.flags(cmd)
	choose(cmd.Flags(), &status, "status", "disputes in one `status`: needs_response, under_review, won, lost, merchant_refunded, merchant_voided or partially_won",
		wordsOf(afterpay.DisputeNeedsResponse, afterpay.DisputeUnderReview, afterpay.DisputeWon, afterpay.DisputeLost,
			afterpay.DisputeMerchantRefunded, afterpay.DisputeMerchantVoided, afterpay.DisputePartiallyWon)...)
	cmd.Flags().StringVar(&payment, "payment", "", "disputes of one payment")
	return cmd
}

func newDisputesShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show DISPUTE",
		Short: "Print a dispute with the shopper's words",
		Args:  exactly("DISPUTE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			d, err := client.Disputes.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.printDispute(d)
		},
	}
}

// printDispute writes a dispute with its notes.
func (a *app) printDispute(d *afterpay.Dispute) error {
	rows, err := a.rows(append(disputeColumns(), "opening_note", "closing_reason", "closing_note", "settled_amount")...)
	if err != nil {
		return err
	}
	cells := append(disputeCells(d), d.OpeningNote, d.ClosingReason, d.ClosingNote, d.SettlementAmount.Amount)
	return errors.Join(rows.Write(cells...), rows.Close())
}

func newDisputesRespond(a *app) *cobra.Command {
	var path string
	var yes *bool
	cmd := &cobra.Command{
		Use:   "respond DISPUTE",
		Short: "Submit evidence, which can be done once",
		Long: `Submit evidence, which can be done once. The evidence is a JSON file with one or
more of these fields; those ending in File, Policy and Documentation are ids that
afterpay disputes upload printed:

  {"productDescription": "...", "refundPolicyDisclosure": "...",
   "refundRefusalExplanation": "...", "shippingAddress": "...", "shippingDate": "...",
   "shippingCarrier": "...", "shippingTrackingNumber": "...", "uncategorizedText": "...",
   "refundPolicy": "fi_...", "shippingDocumentation": "fi_...", "uncategorizedFile": "fi_..."}`,
		Example: "  afterpay disputes respond dp_123 --evidence evidence.json",
		Args:    exactly("DISPUTE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			evidence, err := a.readEvidence(path)
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			if err := a.confirm(cmd.Context(), *yes, "Submit this evidence for dispute "+args[0]+"? It can be done once."); err != nil {
				return err
			}
			d, err := client.Disputes.Respond(cmd.Context(), args[0], evidence)
			if err != nil {
				return advise(err, "afterpay disputes show "+shellWord(args[0])+" shows by the status whether the evidence arrived")
			}
			return carriedOut(a.printDispute(d), "afterpay disputes show "+d.ID)
		},
	}
	cmd.Flags().StringVar(&path, "evidence", "", "JSON file; - reads standard input, which needs --yes")
	_ = cmd.MarkFlagRequired("evidence") // the flag exists
	yes = yesFlag(cmd)
	return cmd
}

// readEvidence reads a JSON file. Errors never quote it.
func (a *app) readEvidence(path string) (evidence afterpay.Evidence, err error) {
	in := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return evidence, err
		}
		defer file.Close() //nolint:errcheck // it was only read
		in = file
	}
	decoder := json.NewDecoder(io.LimitReader(in, 1<<20))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&evidence)
	if _, more := decoder.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("more follows after it")
	}
	if err != nil {
		return evidence, fmt.Errorf("--evidence %s: not a JSON object with the fields of the help: %w", path, err)
	}
	return evidence, nil
}

func newDisputesAccept(a *app) *cobra.Command {
	var yes *bool
	cmd := &cobra.Command{
		Use:   "accept DISPUTE",
		Short: "Give a dispute up: its amount is lost",
		Args:  exactly("DISPUTE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := a.client()
			if err != nil {
				return err
			}
			d, err := client.Disputes.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			question := fmt.Sprintf("Give dispute %s up and lose %s? This cannot be undone.", d.ID, d.Amount)
			if err := a.confirm(cmd.Context(), *yes, question); err != nil {
				return err
			}
			if d, err = client.Disputes.Accept(cmd.Context(), args[0]); err != nil {
				return advise(err, "afterpay disputes show "+shellWord(args[0])+" shows whether it was accepted")
			}
			return carriedOut(a.printDispute(d), "afterpay disputes show "+d.ID)
		},
	}
	yes = yesFlag(cmd)
	return cmd
}

func newDisputesUpload(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "upload FILE",
		Short: "Upload a GIF, PDF, JPEG or PNG and print its id for respond",
		Args:  exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close() //nolint:errcheck // it was only read
			info, err := file.Stat()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			progress := a.progress(int(info.Size()), "uploading", a.out)
			defer progress.Close()
			kind := mime.TypeByExtension(strings.ToLower(filepath.Ext(args[0])))
			uploaded, err := client.Disputes.UploadEvidence(cmd.Context(), filepath.Base(args[0]), kind, counted{file, progress})
			if err != nil {
				return err
			}
			rows, err := a.rows("file", "expires")
			if err != nil {
				return err
			}
			return errors.Join(rows.Write(uploaded.ID, instant(uploaded.ExpiresAt.Time)), rows.Close())
		},
	}
}

// counted shows how much of a file was read. It can be sought, so that an attempt
// can be repeated.
type counted struct {
	*os.File
	progress *output.Progress
}

// Read implements io.Reader.
func (c counted) Read(b []byte) (int, error) {
	n, err := c.File.Read(b)
	c.progress.Add(n)
	return n, err
}
