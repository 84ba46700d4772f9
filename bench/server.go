package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// served is what the server process says of itself on its first line.
type served struct {
	URL         string
	Certificate []byte // DER; empty without TLS
}

// serveCanned serves one payment, over "http" or "h2", until its standard input
// is closed. GET /connections tells how many connections were made.
func serveCanned(kind string) error {
	body := []byte(strings.Replace(payment, "%d", "100000000000", 1))
	var connections atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connections", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strconv.FormatInt(connections.Load(), 10))
	})
	mux.HandleFunc("GET /v2/payments/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
	server := httptest.NewUnstartedServer(mux)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	say := served{}
	if kind == "h2" {
		server.EnableHTTP2 = true
		server.StartTLS()
		say.Certificate = server.Certificate().Raw
	} else {
		server.Start()
	}
	defer server.Close()
	say.URL = server.URL
	line, err := json.Marshal(say)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
