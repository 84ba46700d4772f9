package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/afterpay-go/afterpay"
)

// scriptCommands are the commands of the scripts beside those of testscript:
//
//	run afterpay [ARG...]     runs the command line within the test's process
//	exits N COMMAND [ARG...]  runs a command that must end with exit status N: afterpay
//	                          within the test's process, exec afterpay in its own
//	database PATH             makes a SQLite file with the operations of writeJobs
//	control PATH [BODY]       posts to the control address of the sandbox
//	checkout REFERENCE        makes an order that the shopper confirms, and sets TOKEN
//	stall N                   leaves the Nth next list of payments without a response
//	requested OPERATION       waits until the sandbox has received a request for an operation
//	stalled                   waits for the request that has no response
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"run": runAfterpay, "exits": exits, "database": database, "control": control, "checkout": checkout, "stall": stall,
	"requested": requested, "stalled": stalled,
}

func runAfterpay(ts *testscript.TestScript, neg bool, args []string) {
	if status := within(ts, args); (status != 0) != neg {
		ts.Fatalf("exit status %d", status)
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	var status int
	if args[1] == "exec" {
		err := ts.Exec(args[2], args[3:]...)
		if ended, ok := errors.AsType[*exec.ExitError](err); ok {
			status = ended.ExitCode()
		} else {
			ts.Check(err)
		}
	} else {
		status = within(ts, args[1:])
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// process guards what belongs to the whole process, such as its directory.
var process sync.Mutex

// within runs the command line within this process, which takes a tenth of the
// time of a new one, and returns the exit status.
func within(ts *testscript.TestScript, args []string) int {
	if args[0] != "afterpay" {
		ts.Fatalf("%s is not afterpay: use exec", args[0])
	}
	process.Lock()
	defer process.Unlock()
	before, err := os.Getwd()
	ts.Check(err)
	ts.Check(os.Chdir(ts.MkAbs(".")))
	defer func() { ts.Check(os.Chdir(before)) }()
	ts.Check(os.Setenv("HOME", ts.Getenv("HOME"))) // nobody's config file is read
	return execute(&app{in: strings.NewReader(""), out: ts.Stdout(), err: ts.Stderr(), getenv: ts.Getenv}, args[1:])
}

func database(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(writeSQLite(ts.MkAbs(args[0]), ts.Getenv("PAYMENTB")))
}

func control(ts *testscript.TestScript, _ bool, args []string) {
	var body io.Reader
	if len(args) > 1 {
		body = strings.NewReader(args[1])
	}
	response := httptest.NewRecorder()
	ts.Value("service").(*service).ServeHTTP(response, httptest.NewRequest(http.MethodPost, "/_sandbox/"+args[0], body))
	if response.Code != http.StatusOK {
		ts.Fatalf("%s: %s", args[0], response.Body)
	}
}

func checkout(ts *testscript.TestScript, _ bool, args []string) {
	client := ts.Value("client").(*afterpay.Client)
	order, err := client.Orders.Create(context.Background(), afterpay.CreateOrderRequest{
		Amount:            afterpay.USD(30_00),
		Consumer:          afterpay.Consumer{Email: "ann@example.com", GivenNames: "Hidden", Surname: "Shopper"},
		Merchant:          afterpay.Merchant{RedirectConfirmURL: "https://shop.example/confirm", RedirectCancelURL: "https://shop.example/cancel"},
		MerchantReference: args[0],
	})
	ts.Check(err)
	ts.Check(ts.Value("service").(*service).Approve(order.Token))
	ts.Setenv("TOKEN", order.Token)
}

func stall(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	ts.Value("service").(*service).untilStall.Store(n)
}

func requested(ts *testscript.TestScript, _ bool, args []string) {
	waitUntil(ts, func() bool {
		response := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, "/_sandbox/requests?operation="+args[0], nil)
		ts.Value("service").(*service).ServeHTTP(response, request)
		return strings.Contains(response.Body.String(), `"operation":"`+args[0]+`"`)
	})
}

func stalled(ts *testscript.TestScript, _ bool, _ []string) {
	waitUntil(ts, func() bool { return ts.Value("service").(*service).untilStall.Load() <= 0 })
}

// waitUntil fails the script if a condition does not become true within a minute.
func waitUntil(ts *testscript.TestScript, condition func() bool) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(time.Minute)
	for !condition() {
		select {
		case <-ticker.C:
		case <-timeout:
			ts.Fatalf("waited for too long")
		}
	}
}
