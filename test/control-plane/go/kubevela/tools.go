//go:build tools

// Package tools pins what build.ts builds.
package tools

import (
	_ "github.com/oam-dev/kubevela/cmd/core"
)
