package spec_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestRepositoryOnGitHub(t *testing.T) {
	for address, want := range map[string]string{
		`"o/r"`:                                    "o/r",
		`"github:o/r"`:                             "o/r",
		`"https://github.com/o/r"`:                 "o/r",
		`"https://user:secret@github.com/o/r/"`:    "o/r",
		`"git+https://github.com/o/r.js.git#main"`: "o/r.js",
		`"git@github.com:o/r.git"`:                 "o/r",
		`"git+ssh://git@github.com/o/r.git"`:       "o/r",
		`"git://github.com/o/r.git"`:               "o/r",
		`"https://git.example.test/o/r"`:           "",
		`"https://example.test/github.com/o/r"`:    "",
		`"gitlab:o/r"`:                             "",
		`"../r"`:                                   "",
		`"file:///o/r"`:                            "",
		`""`:                                       "",
		`null`:                                     "",
		`7`:                                        "",
		`["o/r"]`:                                  "",
		`{"type":"git","url":"git+https://github.com/o/r.git","directory":"a"}`: "o/r",
		`{"type":"git"}`: "",
		`{"url":{}}`:     "",
	} {
		t.Run(address, func(t *testing.T) {
			var m spec.Manifest
			NewWithT(t).Expect(json.Unmarshal([]byte(`{"repository":`+address+`}`), &m)).To(Succeed())
			NewWithT(t).Expect(m.Repository.GitHub()).To(Equal(want))
		})
	}
}
