package npmrc_test

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
)

func TestNoProvenance(t *testing.T) {
	for name, test := range map[string]struct {
		project, user string
		environ       []string
		want          string // without the folder of a file
	}{
		"nothing said":            {},
		"a variable":              {environ: []string{"NPM_CONFIG_PROVENANCE=false"}, want: "provenance=false in NPM_CONFIG_PROVENANCE"},
		"one that is empty":       {environ: []string{"npm_config_provenance="}},
		"a number":                {environ: []string{"npm_config_provenance=0"}, want: "provenance=0 in npm_config_provenance"},
		"yes":                     {environ: []string{"npm_config_provenance=true"}},
		"any word":                {environ: []string{"npm_config_provenance=no"}},
		"the project":             {project: "; ours\nprovenance = false\n", want: "provenance=false in project:2"},
		"the user":                {user: "provenance=false", want: "provenance=false in user:1"},
		"the project, otherwise":  {project: "provenance=true", user: "provenance=false"},
		"a variable, otherwise":   {project: "provenance=false", environ: []string{"npm_config_provenance=true"}},
		"a name without a value":  {project: "provenance=", user: "provenance=false"},
		"a file in its place":     {environ: []string{"npm_config_provenance_file=x.sigstore"}, want: "provenance-file in npm_config_provenance_file"},
		"no file in its place":    {project: "provenance-file="},
		"a variable in its value": {project: "provenance=${WANTED}", environ: []string{"WANTED=false"}, want: "provenance=false in project:1"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			o := options(t, test.project, test.user, test.environ...)
			config, err := npmrc.Load(o)
			g.Expect(err).NotTo(HaveOccurred())
			said := strings.NewReplacer(filepath.Join(o.Dir, ".npmrc"), "project", filepath.Join(o.Home, ".npmrc"), "user").Replace(config.NoProvenance())
			g.Expect(said).To(Equal(test.want))
		})
	}
}
