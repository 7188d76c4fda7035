// Package memory measures how much of it the whole program takes, whatever a registry answers. It is apart from the tests of internal/npm
// because the race detector, which that room has, sees nothing of another process, and makes the registry that feeds it slow.
package memory_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
