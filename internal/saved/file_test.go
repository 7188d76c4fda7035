package saved_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/saved"
)

func TestAPlanIsReadAsItWasWritten(t *testing.T) {
	g := NewWithT(t)
	s := newScene(t)
	s.miss("cli-linux-x64")
	s.trust("cli", spec.TrustedPublisher{Type: "gitlab", Claims: spec.Claims{"project": "o/r", "n": []any{"<a>", 1.5}}})
	path := filepath.Join(t.TempDir(), "folder", "plan.json")
	for range 2 { // the second takes the first's place
		g.Expect(saved.Write(path, s.plan())).To(Succeed())
	}
	p, err := saved.Read(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Compare(s.plan())).To(BeEmpty())
	g.Expect(s.plan().Compare(p)).To(BeEmpty())
	g.Expect(p.Program).To(Equal("v0.1.0"))

	info, err := os.Stat(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
	entries, err := os.ReadDir(filepath.Dir(path))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(1), "nothing half-written is left")
}

func TestWhatIsNoPlanIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.json")
	g := NewWithT(t)
	g.Expect(saved.Write(path, newScene(t).plan())).To(Succeed())
	whole, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	edit := func(before, after string) string {
		NewWithT(t).Expect(string(whole)).To(ContainSubstring(before))
		return strings.Replace(string(whole), before, after, 1)
	}
	for name, test := range map[string]struct{ content, says string }{
		"empty":             {"", "is empty"},
		"cut off":           {string(whole[:len(whole)/2]), "is cut off"},
		"cut off early":     {"{", "is cut off"},
		"a state file":      {"apiVersion: reconcile.agentfacets.io/v1alpha1\nkind: DesiredState\n", "is not a saved plan"},
		"a number":          {"17", "is not a saved plan"},
		"a list":            {"[]", "is not a saved plan"},
		"an object":         {"{}", "is not a saved plan"},
		"twice":             {string(whole) + string(whole), "is not a saved plan"},
		"a report":          {`{"apiVersion": "reconcile.agentfacets.io/v1alpha1", "kind": "Plan"}`, "is a report (kind Plan)"},
		"a newer format":    {edit("v1alpha1", "v2"), `has the format "reconcile.agentfacets.io/v2", written by facets-reconcile v0.1.0`},
		"an unknown field":  {edit(`"flags"`, `"flagz": 1, "flags"`), "does not know"},
		"another version":   {edit(`"version": "1.1.0"`, `"version": "6.6.6"`), "was edited"},
		"another action":    {edit(`"action": "publish"`, `"action": "tag"`), "was edited"},
		"another registry":  {edit("registry.example.test", "other.example.test"), "was edited"},
		"no digest":         {edit(`"digest": "sha256:`, `"digest": "`), "was edited"},
		"a date that isn't": {edit(`"made": "`, `"made": "x`), "does not know"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(os.WriteFile(path, []byte(test.content), 0o600)).To(Succeed())
			_, err := saved.Read(path)
			g.Expect(err).To(MatchError(And(HavePrefix(path+" "), ContainSubstring(test.says))))
		})
	}
	g.Expect(os.Truncate(path, 64<<20+1)).To(Succeed())
	_, err = saved.Read(path)
	g.Expect(err).To(MatchError(ContainSubstring("is larger than 64 MiB")))
	_, err = saved.Read(dir)
	g.Expect(err).To(MatchError(ContainSubstring("no regular file")))
	_, err = saved.Read(filepath.Join(dir, "absent"))
	g.Expect(err).To(MatchError(os.ErrNotExist))
	g.Expect(saved.Write(filepath.Join(path, "below a file"), saved.Plan{})).To(MatchError(ContainSubstring("saving the plan")))
}
