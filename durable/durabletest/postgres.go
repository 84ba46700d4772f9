//go:build unix

package durabletest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoPostgres says that no PostgreSQL is installed: neither initdb in the path
// nor /usr/lib/postgresql/*/bin, where Debian's package postgresql has it.
var ErrNoPostgres = errors.New("durabletest: no PostgreSQL is installed")

// Postgres is a PostgreSQL server of its own, on a loopback port.
type Postgres struct {
	bin, dir, port string
	credential     *syscall.Credential // nil unless this process is root's
	server         *exec.Cmd
}

// StartPostgres creates a server in a new temporary directory and starts it.
// PostgreSQL refuses to run as root, so root runs it as user postgres or nobody.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "durabletest-postgres-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, dir: dir}
	if os.Geteuid() == 0 {
		if err := p.dropRoot(); err != nil {
			return nil, err
		}
	}
	out, err := p.command(ctx, "initdb", "-D", p.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("durabletest: initdb: %w: %s", err, out)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.port = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		return nil, err
	}
	return p, p.Start(ctx)
}

func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrNoPostgres
	}
	return filepath.Dir(slices.Max(found)), nil
}

func (p *Postgres) dropRoot() error {
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return err
	}
	p.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, int(uid), int(gid))
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	c.Dir = p.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.credential, Setpgid: true}
	return c
}

// URL returns the connection string of a database.
func (p *Postgres) URL(database string) string {
	return "postgres://postgres@127.0.0.1:" + p.port + "/" + database + "?sslmode=disable"
}

// Start starts the server, also after StopImmediately, and waits until it
// accepts connections.
func (p *Postgres) Start(ctx context.Context) error {
	p.server = p.command(context.WithoutCancel(ctx), "postgres", "-D", p.data(), "-p", p.port, "-h", "127.0.0.1", "-k", "",
		"-c", "max_connections=200", "-c", "logging_collector=off", "-c", "log_min_messages=panic")
	if err := p.server.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, p.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("durabletest: PostgreSQL does not respond: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// CreateDatabase creates an empty database and returns its connection string.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, p.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return p.URL(name), err
}

// StopImmediately stops the server as a crash would: no connection is finished
// and nothing is flushed. Committed transactions survive.
func (p *Postgres) StopImmediately() error {
	if err := p.server.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	_ = p.server.Wait() // its status says that it was stopped
	return nil
}

// Close stops the server and removes its files.
func (p *Postgres) Close() error {
	return errors.Join(p.StopImmediately(), os.RemoveAll(p.dir))
}
