package reconcile

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/settlement"
)

// A record being sorted is kept as bytes: its texts, each with its length, the
// key first; then small numbers; then the rest as varints. Nothing outlives
// the run, so the layout is free to change.

// texts are the fields a record has as text, the key first.
func (r *Record) texts() [9]*string {
	return [...]*string{
		&r.Key, &r.ID, &r.Token, &r.Reference, &r.RefundID, &r.RequestID, &r.RefundReference, &r.EventReference,
		(*string)(&r.Currency),
	}
}

// numbers are the fields a record has as 64-bit integers.
func (r *Record) numbers() [6]*int64 {
	return [...]*int64{
		(*int64)(&r.Amount), (*int64)(&r.Authorized), (*int64)(&r.Voided), (*int64)(&r.Open),
		(*int64)(&r.Fee), (*int64)(&r.FeeExpected),
	}
}

func (r *Record) times() [3]*time.Time { return [...]*time.Time{&r.At, &r.CapturedAt, &r.Due} }

const (
	flagFee = 1 << iota
	flagFeeExpected
	flagSettled
)

func appendRecord(b []byte, r *Record) []byte {
	for _, text := range r.texts() {
		b = binary.AppendUvarint(b, uint64(len(*text)))
		b = append(b, *text...)
	}
	flags := byte(0)
	if r.FeeKnown {
		flags |= flagFee
	}
	if r.FeeExpectedKnown {
		flags |= flagFeeExpected
	}
	if !r.Settled.IsZero() {
		flags |= flagSettled
	}
	b = append(b, byte(r.side), byte(r.Kind), byte(r.State), flags)
	for _, n := range r.numbers() {
		b = binary.AppendVarint(b, *n)
	}
	for _, t := range r.times() {
		b = appendTime(b, *t)
	}
	b = binary.AppendVarint(b, int64(r.Line))
	if flags&flagSettled != 0 {
		b = binary.AppendVarint(b, int64(r.Settled.Year))
		b = append(b, byte(r.Settled.Month), byte(r.Settled.Day))
	}
	return b
}

// appendTime writes 0 for no time, else seconds moved by one and nanoseconds.
// The zone is lost, which no comparison looks at.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	b = append(b, 1)
	b = binary.AppendVarint(b, t.Unix())
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// decodeRecord reads what appendRecord wrote. All texts share one string, so a
// record costs one allocation.
func decodeRecord(b []byte, r *Record) error {
	d := decoder{rest: b}
	var lengths [9]int
	fields := r.texts()
	for i := range fields {
		lengths[i] = len(d.bytes(d.uvarint()))
	}
	if d.failed {
		return errSpill
	}
	all := string(b[:len(b)-len(d.rest)])
	at := 0
	for i, n := range lengths {
		at += uvarintLength(uint64(n))
		*fields[i] = all[at : at+n]
		at += n
	}
	fixed := d.bytes(4)
	if d.failed {
		return errSpill
	}
	flags := fixed[3]
	r.side, r.Kind, r.State = sideOf(fixed[0]), Kind(fixed[1]), State(fixed[2])
	r.FeeKnown, r.FeeExpectedKnown = flags&flagFee != 0, flags&flagFeeExpected != 0
	for _, n := range r.numbers() {
		*n = d.varint()
	}
	for _, t := range r.times() {
		*t = d.time()
	}
	r.Line = int(d.varint())
	r.Settled = settlement.Date{}
	if flags&flagSettled != 0 {
		r.Settled.Year = int(d.varint())
		if date := d.bytes(2); date != nil {
			r.Settled.Month, r.Settled.Day = time.Month(date[0]), int(date[1])
		}
	}
	if d.failed || len(d.rest) != 0 || r.side > neither {
		return errSpill
	}
	return nil
}

// errSpill says that a temporary file does not hold what was written to it.
var errSpill = fmt.Errorf("reconcile: a temporary file was changed or cut short: %w", afterpay.Kind("damaged spill"))

func uvarintLength(n uint64) int {
	length := 1
	for ; n >= 1<<7; n >>= 7 {
		length++
	}
	return length
}

// decoder reads from the front of a byte slice. After a failure it reads
// zeros.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.failed, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.rest)
	if size <= 0 {
		d.failed, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.failed, d.rest = true, nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) time() time.Time {
	if known := d.bytes(1); known == nil || known[0] == 0 {
		return time.Time{}
	}
	seconds := d.varint()
	return time.Unix(seconds, int64(d.uvarint())).UTC()
}
