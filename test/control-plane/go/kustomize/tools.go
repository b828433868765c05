//go:build tools

// Package tools pins what build.ts builds.
package tools

import (
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
