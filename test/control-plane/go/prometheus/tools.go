//go:build tools

// Package tools pins what build.ts builds.
//
// Not `go mod tidy` here: it would add what the tests and the clients for clouds need. `GOFLAGS=-tags=remove_all_sd go get
// github.com/prometheus/prometheus/cmd/prometheus@<version>` takes what is built alone.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
)
