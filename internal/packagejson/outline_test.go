package packagejson_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

func TestOutlined(t *testing.T) {
	for text, want := range map[string]packagejson.Outline{
		`{}`: {},
		"\ufeff" + `{"name": "p", "private": true, "license": "MIT"}`: {Name: "p", Private: true, License: "MIT"},
		`{"name": 17, "private": 0, "license": {"type": "MIT"}}`:      {},
		`{"Name": "p", "PRIVATE": true}`:                              {},
		`{"private": "no"}`:                                           {Private: true},
		`{"private": 1e-9}`:                                           {Private: true},
		`{"private": -0.0}`:                                           {},
		`{"private": []}`:                                             {Private: true},
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(packagejson.Outlined([]byte(text))).To(Equal(want))
		})
	}
	for _, text := range []string{"", "null", "[]", "17", "{"} {
		_, err := packagejson.Outlined([]byte(text))
		NewWithT(t).Expect(err).To(HaveOccurred(), text)
	}
}
