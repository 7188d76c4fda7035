package packagejson_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

func TestOfTwoCommandsWithOneNameTheDeeperIsKept(t *testing.T) {
	g := NewWithT(t)
	g.Expect(packagejson.BinFolder([]string{"z/run", "run", "a/b/run", "a", "a/run", "a/b", "z", "b/stop", "c/stop"})).To(Equal(map[string]string{
		"run": "a/b/run", "a": "a", "b": "a/b", "z": "z", "stop": "c/stop",
	}))
}
