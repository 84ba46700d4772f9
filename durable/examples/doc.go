// Package examples is the module of programs that show package durable with
// River's dashboard, which the durable module itself does not link.
package examples
