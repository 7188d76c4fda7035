package initial_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestPublishConfigIsTakenIntoTheStateFile(t *testing.T) {
	config := func(pairs ...any) fields {
		c := fields{}
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i].(string)] = pairs[i+1]
		}
		return fields{"publishConfig": c}
	}
	with := func(base, more fields) fields {
		for key, value := range more {
			base[key] = value
		}
		return base
	}
	platform := func(name string) fields { return fields{"name": name, "os": "linux", "cpu": "x64"} }
	project := func(cli, built, a, b fields) map[string]fields {
		return map[string]fields{
			".":                     {"name": "t", "private": true, "workspaces": []string{"*"}},
			"cli":                   with(fields{"name": "@t/cli", "optionalDependencies": fields{"@t/linux-x64": "1"}}, cli),
			"cli/dist/@t/linux-x64": with(platform("@t/linux-x64"), built),
			"a":                     with(fields{"name": "@t/a"}, a),
			"b":                     with(fields{"name": "@t/b"}, b),
		}
	}
	restricted, none := config("access", "restricted"), fields{}
	for name, c := range map[string]struct {
		manifests map[string]fields
		access    []spec.Access // of the entry, the platform, a, b
		registry  string
		distTags  []spec.DistTag // of the groups
		note      string
	}{
		"nothing said": {project(none, none, none, none), []spec.Access{"", "", "", ""}, "", []spec.DistTag{"latest", "latest"}, ""},
		"restricted, all of it": {project(restricted, restricted, restricted, config("access", "public")),
			[]spec.Access{spec.AccessRestricted, spec.AccessRestricted, spec.AccessRestricted, ""}, "", []spec.DistTag{"latest", "latest"}, ""},
		"restricted platforms of a public entry": {project(none, restricted, none, none), []spec.Access{"", "", "", ""}, "",
			[]spec.DistTag{"latest", "latest"}, "decide on one access"},
		"one registry": {project(config("registry", "https://registry.example.test/"), none, config("@t:registry", "https://registry.example.test"), none),
			[]spec.Access{"", "", "", ""}, "https://registry.example.test", []spec.DistTag{"latest", "latest"}, ""},
		"two registries": {project(config("registry", "https://one.example.test/"), none, config("registry", "https://two.example.test/"), none),
			[]spec.Access{"", "", "", ""}, "", []spec.DistTag{"latest", "latest"}, "names 2 registries"},
		"a registry with a password": {project(config("registry", "https://u:s3cret@one.example.test/"), none, none, none),
			[]spec.Access{"", "", "", ""}, "", []spec.DistTag{"latest", "latest"}, "no URL without credentials"},
		"a dist-tag": {project(none, none, config("tag", "beta"), config("tag", "beta")), []spec.Access{"", "", "", ""}, "",
			[]spec.DistTag{"latest", "beta"}, ""},
		"two dist-tags": {project(none, none, config("tag", "beta"), none), []spec.Access{"", "", "", ""}, "",
			[]spec.DistTag{"latest", "latest"}, "different dist-tags"},
		"a dist-tag that is none": {project(none, none, config("tag", "1.x"), config("tag", "1.x")), []spec.Access{"", "", "", ""}, "",
			[]spec.DistTag{"latest", "latest"}, "different dist-tags"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			draft, err := initial.FromWorkspace(t.Context(), tree(t, c.manifests), git{origin: "https://github.com/t/t", tags: []string{"v1.0.0", "@t/a@1.0.0"}})
			g.Expect(err).NotTo(HaveOccurred())
			data, err := draft.YAML()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(data)).NotTo(ContainSubstring("s3cret"))
			state, err := desired.Parse(data, "file")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(state.Spec.Registry).To(Equal(c.registry))
			g.Expect(state.Spec.Groups).To(HaveLen(2))
			cli, libraries := state.Spec.Groups[0], state.Spec.Groups[1]
			g.Expect([]spec.Access{cli.Entry.Access, cli.Platforms[0].Access, libraries.Packages[0].Access, libraries.Packages[1].Access}).
				To(Equal(c.access), string(data))
			g.Expect([]spec.DistTag{cli.DistTag, libraries.DistTag}).To(Equal(c.distTags))
			if c.note != "" {
				g.Expect(draft.Notes).To(ContainElement(ContainSubstring(c.note)))
			}
		})
	}
}
