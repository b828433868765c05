//go:build tools

// Package tools pins what build.ts builds.
package tools

import (
	_ "helm.sh/helm/v3/cmd/helm"
)
