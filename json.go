package afterpay

import "fmt"

// decodeJSON reads data, which must be one whole JSON value, into v. What is read
// before a fault stays in v.
func decodeJSON(version APIVersion, data []byte, v any) error {
	d := &decoder{dialect: version.dialect()}
	d.Reset(data)
	listed := true
	switch v := v.(type) {
	case *Payment:
		decodePayment(d, v)
	case *Order:
		decodeOrder(d, v)
	case *Refund:
		decodeRefund(d, v)
	case *PaymentPage:
		listed = decodePage(d, v)
	case *Dispute:
		decodeDispute(d, v)
	case *DisputePage:
		listed = decodeDisputePage(d, v)
	case *Configuration:
		if d.dialect.configuration != nil {
			d.dialect.configuration(d, v)
		} else {
			decodeConfiguration(d, v)
		}
	case *tokenBody:
		for name := range d.Members() {
			switch string(name) {
			case "access_token":
				v.AccessToken = d.String()
			case "expires_in":
				v.ExpiresIn = d.Int()
			}
		}
	case *EvidenceFile:
		decodeEvidenceFile(d, v)
	case *failureBody:
		decodeFailureBody(d, v)
	default:
		panic(fmt.Sprintf("afterpay: no decoder for %T", v))
	}
	if err := d.Close(); err != nil {
		return err
	}
	if !listed {
		return errNoList
	}
	return nil
}

func decodeFailureBody(d *decoder, f *failureBody) {
	if !d.IsObject() {
		d.Skip()
		return
	}
	for name := range d.Members() {
		switch string(name) {
		case "errorCode":
			f.ErrorCode = d.String()
		case "errorId":
			f.ErrorID = d.String()
		case "message":
			f.Message = d.String()
		case "httpStatusCode":
			f.HTTPStatusCode = int(d.Int())
		case "status":
			f.Status = d.String()
		}
	}
}
