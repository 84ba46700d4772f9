package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	floorProgram = `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	resp, err := http.Get("https://global-api.afterpay.com/ping")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var v any
	fmt.Println(json.NewDecoder(resp.Body).Decode(&v), v)
}
`
	oursProgram = `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/afterpay-go/afterpay"
)

func main() {
	resp, err := http.Get("https://global-api.afterpay.com/ping")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var v any
	fmt.Println(json.NewDecoder(resp.Body).Decode(&v), v)
	client, err := afterpay.New("merchant", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Payments.Capture(context.Background(), afterpay.CaptureRequest{Token: "token"}))
	fmt.Println(client.Orders.Create(context.Background(), afterpay.CreateOrderRequest{}))
	fmt.Println(client.Refunds.Create(context.Background(), "1", afterpay.RefundRequest{}))
}
`
)

// size builds a small program with and without the package.
func size(ctx context.Context, _ settings) error {
	floor, err := built(ctx, floorProgram)
	if err != nil {
		return err
	}
	with, err := built(ctx, oursProgram)
	if err != nil {
		return err
	}
	fmt.Printf("\nSize of a program, stripped\n")
	fmt.Printf("net/http and encoding/json  %6.0f KB\n", float64(floor)/1000)
	fmt.Printf("and afterpay                %6.0f KB, %.0f KB more\n", float64(with)/1000, float64(with-floor)/1000)
	return nil
}

// built is the size of a program that is built inside this module.
func built(ctx context.Context, source string) (int64, error) {
	dir, err := os.MkdirTemp(".", "size-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		return 0, err
	}
	binary := filepath.Join(dir, "program")
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", binary, "./"+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
