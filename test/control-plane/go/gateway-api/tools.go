//go:build tools

// Package tools pins the module whose CRDs are read where they lie.
package tools

import (
	_ "sigs.k8s.io/gateway-api/apis/v1"
)
