//go:build unix

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a worker process, started again whenever it ends.
type process struct {
	endpoint *endpoint
	settings settings

	mu    sync.Mutex
	cmd   *exec.Cmd
	ahead time.Duration // of its clock, from the next start
	done  chan struct{}
}

// counters count what was done to the processes.
type counters struct{ kills, midCall, stops, databaseStops atomic.Int64 }

func startProcess(ctx context.Context, s settings, v *service) (*process, error) {
	e, err := v.listen(ctx)
	if err != nil {
		return nil, err
	}
	s.Service = e.url
	p := &process{endpoint: e, settings: s, done: make(chan struct{})}
	go p.keep(ctx)
	return p, nil
}

// keep runs the process until ctx ends.
func (p *process) keep(ctx context.Context) {
	defer close(p.done)
	for ctx.Err() == nil {
		if err := p.once(ctx); err != nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func (p *process) once(ctx context.Context) error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	p.mu.Lock()
	s := p.settings
	s.Ahead = p.ahead
	text, err := json.Marshal(&s)
	if err != nil {
		p.mu.Unlock()
		return err
	}
	cmd := exec.CommandContext(ctx, executable, "-worker", string(text))
	cmd.Stderr = os.Stderr
	err = cmd.Start()
	p.cmd = cmd
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return cmd.Wait()
}

func (p *process) signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Signal(s) // it may have ended by itself
	}
}

// kill kills the process, in the middle of a money call if one comes soon.
func (p *process) kill(c *counters) {
	p.awaitCall()
	if p.endpoint.running.Load() > 0 {
		c.midCall.Add(1)
	}
	p.signal(syscall.SIGKILL)
	c.kills.Add(1)
}

// awaitCall waits for a money call, for up to 3 seconds.
func (p *process) awaitCall() {
	for range 1500 {
		if p.endpoint.running.Load() > 0 {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// suspend stops the process for longer than the rescue limit.
func (p *process) suspend(c *counters, length time.Duration) {
	p.awaitCall()
	p.signal(syscall.SIGSTOP)
	c.stops.Add(1)
	time.Sleep(length)
	p.signal(syscall.SIGCONT)
}

// halt kills the process, which does not start again before resume.
func (p *process) halt() {
	p.mu.Lock()
	if p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
	}
}

// resume lets the process start again, with its clock moved by d.
func (p *process) resume(d time.Duration) {
	p.ahead += d
	p.mu.Unlock()
}
