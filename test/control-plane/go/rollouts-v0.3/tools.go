//go:build tools

// Package tools pins what build.ts builds.
//
// Not `go mod tidy` here: it would follow the tests of dependencies to a k8s.io/utils the released engine was never
// built with. `go get github.com/openkruise/rollouts@<version>` keeps the engine's own versions.
package tools

import (
	_ "github.com/openkruise/rollouts"
)
