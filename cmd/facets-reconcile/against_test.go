package main

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestWhatAPipelineSentIsReadFromItsResult(t *testing.T) {
	const head = `{"apiVersion":"reconcile.agentfacets.io/v1alpha1","kind":"Result","groups":[{"name":"g","packages":[`
	sent := func(version, integrity string) string {
		return head + `{"name":"lib","changes":[{"action":"approve","blockedBy":["cli: Served"]}],"sent":{"version":"` + version +
			`","integrity":"` + integrity + `","commit":"c0ffee"}}]}]}`
	}
	want := reconcile.Desired{Releases: []desired.Release{{Version: "1.0.0", Packages: []desired.Package{{Name: "lib"}}}}}
	for name, c := range map[string]struct {
		texts []string
		sent  map[spec.Name]reconcile.Sent
		says  string
	}{
		"a result": {texts: []string{sent("1.0.0", "sha512-a")},
			sent: map[spec.Name]reconcile.Sent{"lib": {Version: "1.0.0", Integrity: "sha512-a", Commit: "c0ffee"}}},
		"none":                 {sent: map[spec.Name]reconcile.Sent{}},
		"of another version":   {texts: []string{sent("0.9.0", "sha512-a")}, says: "names nothing that was staged"},
		"two that contradict":  {texts: []string{sent("1.0.0", "sha512-a"), sent("1.0.0", "sha512-b")}, says: "other bytes of lib@1.0.0"},
		"a plan":               {texts: []string{`{"apiVersion":"reconcile.agentfacets.io/v1alpha1","kind":"Plan"}`}, says: `but a "Plan"`},
		"something else":       {texts: []string{`[]`}, says: "no result of apply"},
		"a file that is empty": {texts: []string{``}, says: "no result of apply"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var files []string
			for _, text := range c.texts {
				file := filepath.Join(t.TempDir(), "result.json")
				g.Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
				files = append(files, file)
			}
			found, err := sentBy(files, want)
			if c.says != "" {
				g.Expect(err).To(MatchError(And(HavePrefix("--against "), ContainSubstring(c.says))))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(Equal(c.sent))
		})
	}
	_, err := sentBy([]string{"/nonexistent/result.json"}, want)
	NewWithT(t).Expect(err).To(MatchError(os.ErrNotExist))
}
