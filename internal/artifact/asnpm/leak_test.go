// Package asnpm compares what internal/artifact packs with what the real npm does. It is apart from the tests of that room because the race
// detector, which that room has, finds nothing in what happens one after the other, and takes three times as long over it.
package asnpm_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
