package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// A contender does one operation of a scenario.
type contender struct {
	name string
	do   func() error
}

// sample is what one operation cost. The time is that of the processor, for all
// threads of the program and the garbage collector, so that other programs on
// the machine do not count.
type sample struct {
	ns, bytes, allocs float64
}

// measure runs the contenders in turn, in a new order each round, so that what
// disturbs the machine disturbs all of them, and returns the median cost of each.
func measure(rounds int, per time.Duration, contenders []contender) ([]sample, error) {
	samples := make([][]sample, len(contenders))
	for round := range rounds + 1 { // the first one warms up
		for _, i := range rand.Perm(len(contenders)) {
			s, err := once(per, contenders[i].do)
			if err != nil {
				return nil, &contenderError{contenders[i].name, err}
			}
			if round > 0 {
				samples[i] = append(samples[i], s)
			}
		}
	}
	medians := make([]sample, len(contenders))
	for i, s := range samples {
		medians[i] = sample{
			ns:     median(s, func(s sample) float64 { return s.ns }),
			bytes:  median(s, func(s sample) float64 { return s.bytes }),
			allocs: median(s, func(s sample) float64 { return s.allocs }),
		}
	}
	return medians, nil
}

type contenderError struct {
	name string
	err  error
}

func (e *contenderError) Error() string { return e.name + ": " + e.err.Error() }
func (e *contenderError) Unwrap() error { return e.err }

// once repeats an operation for about the given time.
func once(per time.Duration, do func() error) (sample, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpu()
	n := 0
	for elapsed := time.Duration(0); elapsed < per; elapsed = time.Since(start) {
		for range 16 {
			if err := do(); err != nil {
				return sample{}, err
			}
		}
		n += 16
	}
	took := cpu() - used
	runtime.ReadMemStats(&after)
	each := func(total float64) float64 { return total / float64(n) }
	return sample{
		ns:     each(float64(took.Nanoseconds())),
		bytes:  each(float64(after.TotalAlloc - before.TotalAlloc)),
		allocs: each(float64(after.Mallocs - before.Mallocs)),
	}, nil
}

// cpu is the processor time that the program has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
