package reconcile

import (
	"encoding/binary"
	"time"

	"github.com/afterpay-go/afterpay/internal/extsort"
	"github.com/afterpay-go/afterpay/settlement"
)

// A record is sorted as its key and a value. The value holds the lengths of the
// texts, the texts, small numbers, and the rest as varints. Nothing outlives the
// run, so the layout is free to change.

const textCount = 10

// texts returns the fields of a record that are text, without the key.
func (r *Record) texts() [textCount]*string {
	return [...]*string{
		&r.ID, &r.Token, &r.Reference, &r.RefundID, &r.RequestID, &r.RefundReference, &r.EventReference,
		&r.DisputeID, &r.RowType,
		(*string)(&r.Currency),
	}
}

// numbers returns the fields of a record that are 64-bit integers.
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
	flagIfRefunded
)

func appendRecord(b []byte, r *Record) []byte {
	texts := r.texts()
	for _, text := range texts {
		b = binary.AppendUvarint(b, uint64(len(*text)))
	}
	for _, text := range texts {
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
	if r.ifRefunded {
		flags |= flagIfRefunded
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

// appendTime writes 0 for the zero time, else 1, the seconds and the nanoseconds.
// The zone is lost; no comparison looks at it.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	b = append(b, 1)
	b = binary.AppendVarint(b, t.Unix())
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// decodeRecord reads a key and what appendRecord wrote. All texts share one
// string, and records with the same key in a row share the key, so that a record
// costs one allocation.
func decodeRecord(item extsort.Item, r *Record) error {
	d := decoder{rest: item.Value}
	var lengths [textCount]uint64
	total := uint64(0)
	for i := range lengths {
		lengths[i] = min(d.uvarint(), uint64(len(item.Value))+1)
		total += lengths[i]
	}
	all := string(d.bytes(total))
	if d.failed {
		return extsort.ErrDamaged
	}
	for i, field := range r.texts() {
		*field, all = all[:lengths[i]], all[lengths[i]:]
	}
	if r.Key != string(item.Key) {
		r.Key = string(item.Key)
	}
	fixed := d.bytes(4)
	if d.failed {
		return extsort.ErrDamaged
	}
	flags := fixed[3]
	r.side, r.Kind, r.State = sideOf(fixed[0]), Kind(fixed[1]), State(fixed[2])
	r.FeeKnown, r.FeeExpectedKnown = flags&flagFee != 0, flags&flagFeeExpected != 0
	r.ifRefunded = flags&flagIfRefunded != 0
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
		return extsort.ErrDamaged
	}
	return nil
}

// decoder reads from the front of a byte slice. After a failure it returns
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
