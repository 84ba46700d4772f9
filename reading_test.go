package afterpay

// Readers of whole texts, for tests of decoding alone.
func readPayment(d *decoder, text []byte) (*Payment, error) { return readWhole(d, text, decodePayment) }
func readOrder(d *decoder, text []byte) (*Order, error)     { return readWhole(d, text, decodeOrder) }
func readRefund(d *decoder, text []byte) (*Refund, error)   { return readWhole(d, text, decodeRefund) }
func readPage(d *decoder, text []byte) (*PaymentPage, error) {
	return readWhole(d, text, func(d *decoder, p *PaymentPage) { decodePage(d, p) })
}
func readConfiguration(d *decoder, text []byte) (*Configuration, error) {
	if d.dialect.configuration != nil {
		return readWhole(d, text, d.dialect.configuration)
	}
	return readWhole(d, text, decodeConfiguration)
}
func readDispute(d *decoder, text []byte) (*Dispute, error) { return readWhole(d, text, decodeDispute) }
func readDisputePage(d *decoder, text []byte) (*DisputePage, error) {
	return readWhole(d, text, func(d *decoder, p *DisputePage) { decodeDisputePage(d, p) })
}
func readEvidenceFile(d *decoder, text []byte) (*EvidenceFile, error) {
	return readWhole(d, text, decodeEvidenceFile)
}
