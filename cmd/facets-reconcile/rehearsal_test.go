package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// rehearsed is the demo project in a folder of its own, with a sandbox.
type rehearsed struct {
	t   *testing.T
	dir string
}

func newRehearsed(t *testing.T) rehearsed {
	t.Helper()
	t.Setenv("CIRCLE_TAG", "")
	state, err := os.ReadFile("../../e2e/testdata/demo/desired-state.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	r := rehearsed{t, t.TempDir()}
	r.write("desired-state.yaml", string(state))
	r.write("package.json", `{"name": "demo-workspace", "private": true, "workspaces": ["packages/*"]}`)
	return r
}

func (r rehearsed) write(path, text string) {
	r.t.Helper()
	path = filepath.Join(r.dir, path)
	NewWithT(r.t).Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
	NewWithT(r.t).Expect(os.WriteFile(path, []byte(text), 0o644)).To(Succeed())
}

// run runs a command in the sandbox, which ends with the code, and returns what it printed.
func (r rehearsed) run(code int, command string, args ...string) (stdout, stderr string) {
	r.t.Helper()
	var out, err bytes.Buffer
	all := append(strings.Fields(command), "-f", filepath.Join(r.dir, "desired-state.yaml"), "--sandbox="+filepath.Join(r.dir, "world"))
	if all[0] == "sandbox" {
		all[len(all)-1] = "--dir=" + filepath.Join(r.dir, "world")
	} else {
		all = append(all, "--scan-delay", "0s")
	}
	got := run(r.t.Context(), append(all, args...), streams{out: &out, err: &err})
	NewWithT(r.t).Expect(got).To(Equal(code), "%s\n%s", &out, &err)
	return out.String(), err.String()
}

func TestTheFirstTagOfASandboxIsOfWhatIsBuilt(t *testing.T) {
	for built, tag := range map[string]string{
		"nothing": "v1.0.0", "2.3.4": "v2.3.4", "2.3.4-rc.1": "v1.0.0", "0.0.0": "v1.0.0",
	} {
		t.Run(built, func(t *testing.T) {
			r := newRehearsed(t)
			if built != "nothing" {
				r.write("dist/demo/package.json", `{"name": "demo", "version": "`+built+`"}`)
			}
			code := reconcile.ExitOK
			if built != "nothing" && "v"+built != tag {
				code = reconcile.ExitError // what is built is not what the tag asks for
			}
			out, _ := r.run(code, "plan")
			NewWithT(t).Expect(out).To(And(HavePrefix("cli  "+tag+"\n"), MatchRegexp(`@demo/core +1\.0\.0 `)))
		})
	}
}

func TestARehearsalWithoutARepositoryHasTagsToo(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	state, err := os.ReadFile(filepath.Join(r.dir, "desired-state.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	r.write("desired-state.yaml", strings.Replace(string(state), "  source:\n    github: example/demo\n", "", 1))
	out, _ := r.run(0, "apply --yes")
	g.Expect(out).To(ContainSubstring("Converged: 6 versions published"))
}

func TestARehearsalNamesTheCommandThatReleasesWhatIsBuilt(t *testing.T) {
	const tag = "the sandbox's tag @demo/core@1.0.0 asks for 1.0.0: facets-reconcile "
	for built, c := range map[string]struct{ says, then string }{
		"1.2.0":      {tag + "sandbox tag @demo/core@1.2.0 --dir ", "sandbox tag @demo/core@1.2.0"},
		"0.9.0":      {tag + "apply --tag @demo/core@0.9.0 -f ", "apply --yes --tag @demo/core@0.9.0"},
		"2.0.0-rc.1": {tag + "apply --tag @demo/core@2.0.0-rc.1 -f ", "apply --yes --tag @demo/core@2.0.0-rc.1"},
		"3.0.0":      {"the state file pins 1.0.0: change its version there, or facets-reconcile apply --tag @demo/core@3.0.0 ", "apply --yes --tag @demo/core@3.0.0"},
	} {
		t.Run(built, func(t *testing.T) {
			g, r := NewWithT(t), newRehearsed(t)
			if strings.Contains(c.says, "pins") {
				state, err := os.ReadFile(filepath.Join(r.dir, "desired-state.yaml"))
				g.Expect(err).NotTo(HaveOccurred())
				r.write("desired-state.yaml", strings.Replace(string(state), "artifact: packages/core\n", "artifact: packages/core\n          version: 1.0.0\n", 1))
			}
			r.run(0, "plan") // the tags are there from now on
			r.write("packages/core/package.json", `{"name": "@demo/core", "version": "`+built+`"}`)
			_, said := r.run(1, "apply --yes --package @demo/core")
			g.Expect(said).To(ContainSubstring("@demo/core is built as " + built + ", and " + c.says))
			_, said = r.run(0, c.then)
			g.Expect(said).NotTo(ContainSubstring("is built as"))
		})
	}
}

func TestPlanAndApplyAgreeWhereASessionPublishes(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	state, err := os.ReadFile(filepath.Join(r.dir, "desired-state.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	before, rest, _ := strings.Cut(string(state), "  trustedPublisher:\n")
	_, after, _ := strings.Cut(rest, "  groups:\n")
	r.write("desired-state.yaml", before+"  groups:\n"+after)

	saved := filepath.Join(r.dir, "plans", "plan.json")
	out, _ := r.run(0, "plan", "--out", saved)
	g.Expect(out).To(And(HaveSuffix("Plan: 6 to publish.\n"), Not(ContainSubstring("seed"))))
	out, _ = r.run(0, "apply", saved)
	g.Expect(out).To(And(ContainSubstring("Converged: 6 versions published"), Not(ContainSubstring("seed"))))
}

func TestARehearsalSaysThatItLeavesTheJobsTagAlone(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	t.Setenv("CIRCLE_TAG", "v9.0.0\x1b[2J")
	out, said := r.run(0, "plan")
	g.Expect(out).To(HavePrefix("cli  v1.0.0\n"))
	g.Expect(said).To(And(ContainSubstring("CIRCLE_TAG is v9.0.0"), ContainSubstring("--tag v9.0.0"), Not(ContainSubstring("\x1b"))))
	_, said = r.run(1, "plan --dist-tag next")
	g.Expect(said).To(ContainSubstring("say which release is meant"), "the job's tag narrows nothing here")
}

func TestARehearsalLinksToNoPageThatEndsWithIt(t *testing.T) {
	r := newRehearsed(t)
	out, _ := r.run(3, "apply --yes --only publish --package @demo/core")
	NewWithT(t).Expect(out).To(And(ContainSubstring("apply --only seed,trust"), Not(ContainSubstring("127.0.0.1"))))
}

func TestSandboxTagShowsAnExample(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	_, said := r.run(1, "sandbox tag")
	g.Expect(said).To(ContainSubstring("facets-reconcile sandbox tag v1.1.0\n"))
}

func TestAStandInIsOne(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	_, said := r.run(0, "apply --yes --package @demo/core")
	g.Expect(said).To(ContainSubstring("stand-ins took the place of 1 artifact that is not there: @demo/core@1.0.0\n"))
}

func TestWhatIsSaidDoesNotSteerTheTerminal(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	_, said := r.run(1, "plan", "--report", "html="+filepath.Join(r.dir, "desired-state.yaml", "\x1b[2J", "x.html"))
	g.Expect(said).To(And(ContainSubstring("was not written"), Not(ContainSubstring("\x1b"))))
}

func TestARegistryThatIsDownIsToldOfForWhatWasAskedFor(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	out, _ := r.run(1, "plan --package @demo/core --fault forbidden,on=tags")
	g.Expect(out).To(ContainSubstring("Unreadable: @demo/core"))
	g.Expect(strings.Count(out, "Unreadable")).To(Equal(1), out)
}
