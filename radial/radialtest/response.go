package radialtest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

const namespace = "http://api.gsicommerce.com/schema/checkout/1.0"

// A Response is how the server responds to one request in place of its usual work.
// See Server.Next.
type Response struct {
	replyCode string // the reply with this outcome
	status    int
	document  string
	mimeType  string
	behavior  behavior
}

// behavior is what happens on the connection.
type behavior uint8

const (
	responds    behavior = iota
	unreachable          // the connection is refused
	swallows             // nothing is done, and no response is sent
	loses                // the work is done, and no response is sent
	resets               // the work is done, and the connection breaks
)

// Fail is a reply whose code is Fail.
func Fail() Response { return Response{replyCode: "Fail"} }

// Timeout is a reply whose code is Timeout: Radial got no response from Afterpay.
func Timeout() Response { return Response{replyCode: "Timeout"} }

// Code is a reply with any code, such as DECLINED.
func Code(code string) Response { return Response{replyCode: code} }

// Fault is a Fault document with an HTTP status.
func Fault(status int, code, description string) Response {
	return document(status, "<Fault xmlns=\""+namespace+"\">"+faultContent(code, description)+"</Fault>")
}

// PrefixedFault is a Fault whose root element has a prefix.
func PrefixedFault(status int, code, description string) Response {
	return document(status, "<Fault:Fault xmlns:Fault=\""+namespace+"\">"+faultContent(code, description)+"</Fault:Fault>")
}

// DuplicateFault is the response to a request id that the service knows already.
func DuplicateFault(status int) Response {
	return document(status, "<Fault_DUPLICATE xmlns=\""+namespace+"\">"+faultContent("DUPLICATE", "request id is known")+"</Fault_DUPLICATE>")
}

// Gateway is the HTML page of a gateway in front of Radial.
func Gateway(status int) Response {
	return Response{status: status, mimeType: "text/html", document: "<!DOCTYPE html>\n<html><head><title>" +
		http.StatusText(status) + "</title></head><body><h1>It did not work.<br></h1></body></html>\n"}
}

// Document is any document with any HTTP status.
func Document(status int, text string) Response {
	return Response{status: status, document: text, mimeType: "text/xml"}
}

// Unreachable makes the connection fail, so that nothing is sent. It works with
// the clients of NewClient and Server.HTTPClient.
func Unreachable() Response { return Response{behavior: unreachable} }

// Swallowed accepts the request, does nothing and sends no response.
func Swallowed() Response { return Response{behavior: swallows} }

// Lost accepts the request, carries it out and sends no response.
func Lost() Response { return Response{behavior: loses} }

// Reset accepts the request, carries it out and breaks the connection.
func Reset() Response { return Response{behavior: resets} }

func document(status int, root string) Response {
	return Document(status, xml.Header+root)
}

func faultContent(code, description string) string {
	return element("CreateTimestamp", time.Now().UTC().Format(time.RFC3339)) +
		element("Code", code) + element("Description", description)
}

// element writes an element that holds text.
func element(name, text string) string { return "<" + name + ">" + escaped(text) + "</" + name + ">" }

// amountElement writes an element that holds an amount. Radial's examples have a
// space after some amounts too.
func amountElement(name, amount, currency string) string {
	return fmt.Sprintf(`<%s currencyCode="%s">%s </%s>`, name, escaped(currency), escaped(amount), name)
}

// message writes a document. Like Radial's, it holds an element that clients do
// not know.
func message(root string, content ...string) string {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<" + root + " xmlns=\"" + namespace + "\">\n")
	for _, c := range content {
		b.WriteString("  " + c + "\n")
	}
	b.WriteString("  <FutureElement><Inside>unknown</Inside></FutureElement>\n</" + root + ">\n")
	return b.String()
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // writing to a buffer never fails
	return b.String()
}

// errUnreachable and errReset are what net/http reports for such connections.
func errUnreachable() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func errReset() error { return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET} }
