package packagejson_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

func TestPublishedHasNoPatches(t *testing.T) {
	const identity = `"name":"p","version":"1.0.0"`
	for name, c := range map[string]struct{ document, published string }{
		"none":         {"\ufeff{" + identity + ", \"a\" : 1.50}", "\ufeff{" + identity + ", \"a\" : 1.50}"},
		"one line":     {`{` + identity + `, "patchedDependencies": {"a@1": "a.patch"}, "x": [1.50, -0, 1e400, {}, []]}`, `{` + identity + `,"x":[1.5,0,null,{},[]]}`},
		"two spaces":   {"{\n  \"name\": \"p\",\n  \"version\": \"1.0.0\", \"patchedDependencies\": null, \"l\": [1, {\"b\": \"<\\u2028\\\\u2028\"}]}", "{\n  \"name\": \"p\",\n  \"version\": \"1.0.0\",\n  \"l\": [\n    1,\n    {\n      \"b\": \"<\u2028\\\\u2028\"\n    }\n  ]\n}\n"},
		"Windows":      {"\ufeff{\r\n\t\"name\": \"p\",\r\n\t\"patchedDependencies\": {},\r\n\t\"version\": \"1.0.0\"\r\n}\r\n", "{\r\n\t\"name\": \"p\",\r\n\t\"version\": \"1.0.0\"\r\n}\r\n"},
		"a key twice":  {`{` + identity + `,"a":1,"b":2,"a":3,"patchedDependencies":{}}`, `{` + identity + `,"a":3,"b":2}`},
		"a deep patch": {`{` + identity + `,"x":{"patchedDependencies":{"a":"b"}},"patchedDependencies":{}}`, `{` + identity + `,"x":{"patchedDependencies":{"a":"b"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p, err := packagejson.Parse([]byte(c.document))
			g.Expect(err).NotTo(HaveOccurred())
			published, err := p.Published()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(published)).To(Equal(c.published))
		})
	}
}
