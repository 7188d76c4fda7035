package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestWhoDecidesAboutWhatIsStagedMeansStagedReleases(t *testing.T) {
	for only, c := range map[string]struct{ flag, staged bool }{
		"": {false, false}, "publish": {false, false}, "seed,trust": {false, false}, "stage": {false, false},
		"approve": {false, true}, "reject": {false, true}, "tag,approve": {false, true},
		"publish,tag": {true, true}, "trust,approve": {true, true},
	} {
		ask := asked{staged: c.flag, distTag: "next"}
		for action := range strings.SplitSeq(only, ",") {
			ask.actions = append(ask.actions, reconcile.Action(action))
		}
		NewWithT(t).Expect(ask.wanting(tagsNeeded)).To(Equal(wanting{staged: c.staged, distTag: "next", tags: tagsNeeded}), only)
	}
}

func TestStagedIsForWhatTheTagSelects(t *testing.T) {
	for tag, want := range map[string][]string{"": {"demo", "@demo/adapter", "@demo/core"}, "v1.0.0": {"demo"}} {
		g, r := NewWithT(t), newRehearsed(t)
		f := &flags{io: streams{out: io.Discard, err: io.Discard}}
		f.bind(newVersion().Flags())
		g.Expect(f.set.Parse([]string{"-f", filepath.Join(r.dir, "desired-state.yaml"), "--sandbox=" + filepath.Join(r.dir, "world"), "--tag", tag})).
			To(Succeed())
		choice, err := f.choose(false)
		g.Expect(err).NotTo(HaveOccurred())
		for _, staged := range []bool{true, false} {
			where, is, err := f.enter(t.Context(), choice, wanting{staged: staged})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(where.Close()).To(Succeed())
			var found []string
			for _, release := range is.Releases {
				if release.Staged {
					found = append(found, release.Packages[0].Name.String())
				}
			}
			if staged {
				g.Expect(found).To(Equal(want))
			} else {
				g.Expect(found).To(BeEmpty())
			}
		}
	}
}

func TestAPlanThatIsSavedWithStagedIsAppliedWithIt(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	file := filepath.Join(r.dir, "release.plan")
	state, err := os.ReadFile(filepath.Join(r.dir, "desired-state.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	for _, staged := range []bool{false, true} {
		given := []string{"--out", file}
		if staged {
			given = append(given, "--staged")
		}
		r.run(0, "plan", given...)
		plan, err := saved.Read(file)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(plan.Flags.Staged).To(Equal(staged))

		a := &applying{flags: &flags{io: streams{out: io.Discard, err: io.Discard}}}
		a.flags.bind(newVersion().Flags())
		g.Expect(a.set.Parse([]string{"--sandbox=" + filepath.Join(r.dir, "world")})).To(Succeed())
		choice, err := a.choose(false)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(a.load(file, choice)).To(Succeed())
		ask, err := a.read(a.flags, a.given(choice))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(ask.staged).To(Equal(staged))
	}
	_, said := r.run(1, "apply "+file+" --staged")
	g.Expect(said).To(ContainSubstring("--staged: what is done is what the saved plan says"))

	r.write("desired-state.yaml", string(state)+"# another\n")
	_, said = r.run(1, "apply "+file)
	g.Expect(said).To(And(ContainSubstring("is stale"), ContainSubstring("release.plan --staged -f ")))
}

func TestFurtherCommandsStageAgain(t *testing.T) {
	for _, flag := range []string{"", " --staged"} {
		g, r := NewWithT(t), newRehearsed(t)
		r.write("packages/core/package.json", `{"name": "@demo/core", "version": "0.9.0"}`)
		r.run(0, "sandbox tag @demo/core@1.0.0")
		_, said := r.run(1, "apply --yes --package @demo/core"+flag)
		g.Expect(said).To(ContainSubstring("facets-reconcile apply --tag @demo/core@0.9.0" + flag + " -f "))
	}
}

func TestTheSandboxesDelaysAreItsOwn(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	_, said := r.run(1, "plan --approval-delay 1s..never")
	g.Expect(said).To(ContainSubstring(`--approval-delay "1s..never": give a duration such as 2s, or a range such as 1s..5s`))
	r.run(0, "plan --approval-delay 1s..3s")
	var out bytes.Buffer
	g.Expect(run(t.Context(), []string{"plan", "--approval-delay", "1s"}, streams{out: io.Discard, err: &out})).To(Equal(1))
	g.Expect(out.String()).To(ContainSubstring("--approval-delay is the sandbox's: add --sandbox"))
}

func TestOnlyNamesEveryActionThatThereIs(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	_, said := r.run(1, "plan --only nothing")
	_, named, _ := strings.Cut(said, "choose of ")
	var actions []reconcile.Action
	for word := range strings.SplitSeq(strings.TrimSpace(named), ", ") {
		actions = append(actions, reconcile.Action(word))
	}
	g.Expect(actions).To(Equal(reconcile.Actions()))
}
