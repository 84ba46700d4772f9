package main

import (
	"fmt"
	"iter"
	"os"
	"runtime/metrics"
	"time"

	"github.com/afterpay-go/afterpay/reconcile"
)

// progress prints to standard error how many records were read, and at the end
// how much memory was used at most.
type progress struct {
	on      bool
	begun   time.Time
	sample  [2]metrics.Sample
	heap    uint64 // bytes of live and unswept objects
	total   uint64 // all memory of the program, as the runtime counts it
	records int
}

func newProgress(on bool) *progress {
	p := &progress{on: on, begun: time.Now()}
	p.sample[0].Name = "/memory/classes/heap/objects:bytes"
	p.sample[1].Name = "/memory/classes/total:bytes"
	return p
}

// watch passes a source on and counts it.
func (p *progress) watch(what string, source iter.Seq2[reconcile.Record, error]) iter.Seq2[reconcile.Record, error] {
	if !p.on {
		return source
	}
	return func(yield func(reconcile.Record, error) bool) {
		n := 0
		for record, err := range source {
			if n++; n%8192 == 0 {
				p.look()
			}
			if n%100_000 == 0 {
				fmt.Fprintf(os.Stderr, "\r%9d %-16s %6.1f s  %4d MiB", n, what, time.Since(p.begun).Seconds(), p.total>>20)
			}
			if !yield(record, err) {
				break
			}
		}
		p.records += n
	}
}

func (p *progress) look() {
	metrics.Read(p.sample[:])
	p.heap = max(p.heap, p.sample[0].Value.Uint64())
	p.total = max(p.total, p.sample[1].Value.Uint64())
}

func (p *progress) done() {
	if !p.on {
		return
	}
	p.look()
	fmt.Fprintf(os.Stderr, "\r%d records in %.1f s; peak memory %d MiB, of which %d MiB heap objects\n",
		p.records, time.Since(p.begun).Seconds(), p.total>>20, p.heap>>20)
}
