package rules_test

import (
	"archive/tar"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// november is when Node 22, 24 and 26 are supported, and 27 comes next.
func november() time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC) }

// forms opens a package of these files as a directory and as a .tgz.
func forms(t *testing.T, files map[string]string) []*artifact.Artifact {
	t.Helper()
	headers := []tar.Header{packagetest.Regular("package/package.json", files["package.json"])}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name != "package.json" {
			headers = append(headers, packagetest.Command("package/"+name, files[name]))
		}
	}
	var opened []*artifact.Artifact
	for _, path := range []string{packagetest.Directory(t, files), packagetest.Tgz(t, headers...)} {
		a, err := artifact.Open(t.Context(), path)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		opened = append(opened, a)
	}
	return opened
}

// told are what one rule says of an artifact.
func told(t *testing.T, a *artifact.Artifact, rule string, want rules.Want) (refusals, warnings []string) {
	t.Helper()
	problems, err := rules.Check(t.Context(), a, want)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, p := range problems {
		switch {
		case p.Rule != rule:
		case p.Refused:
			refusals = append(refusals, p.String())
		default:
			warnings = append(warnings, p.String())
		}
	}
	return refusals, warnings
}

// judged are what one rule says of a package of these files, which must be the same of a directory and of a .tgz.
func judged(t *testing.T, rule string, want rules.Want, files map[string]string) (refusals, warnings []string) {
	t.Helper()
	g := NewWithT(t)
	both := forms(t, files)
	refusals, warnings = told(t, both[0], rule, want)
	refused, warned := told(t, both[1], rule, want)
	g.Expect(refused).To(Equal(refusals), "the .tgz is judged otherwise than the directory")
	g.Expect(warned).To(Equal(warnings), "the .tgz is judged otherwise than the directory")
	return refusals, warnings
}

// quoted writes a text as JSON.
func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

// entry is what an entry with these platforms, at 1.0.0, has to be.
func entry(platforms ...string) rules.Want {
	want := rules.Want{OptionalDependencies: map[string]string{}, Now: november()}
	for _, name := range platforms {
		want.OptionalDependencies[name] = "1.0.0"
		want.Members = append(want.Members, rules.Member{Name: spec.Name(name), Platform: platform("linux", "x64")})
	}
	return want
}

// of is what a platform has to be whose entry has this package.json.
func of(t *testing.T, document string) rules.Want {
	t.Helper()
	pkg, err := packagejson.Parse([]byte(document))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return rules.Want{Binary: true, Platform: platform("linux", "x64"), Entry: pkg, Now: november()}
}

// executable is the header of one.
func executable(system, cpu string) string {
	header, _ := native.Header(platform(system, cpu), "glibc")
	return string(header)
}

const document = `{"name": "p", "version": "1.0.0", `
