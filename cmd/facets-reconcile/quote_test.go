package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// shellWords are what a shell makes of a part of a command line.
func shellWords(t *testing.T, text string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\0' `+text).Output()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestAShellTakesWhatIsQuotedForOneWord(t *testing.T) {
	for _, plain := range []string{".facets-sandbox", "/tmp/a_b/état.yaml", "https://registry.example.test:8080/npm/", "@demo/core@1.0.0-rc.1+2"} {
		NewWithT(t).Expect(words.Quoted(plain)).To(Equal(plain))
	}
	for _, special := range []string{"", "my box", "it's", "''", "~/box", "$HOME", "`id`", "a;b", "a\nb", "a=b", "*", "#1", `\`, `"`, "{a,b}"} {
		NewWithT(t).Expect(shellWords(t, words.Quoted(special))).To(Equal([]string{special}))
	}
}

var printedCommand = regexp.MustCompile(`facets-reconcile ((plan|apply) [^;()\n]*)`)

// What a rehearsal recommends acts on the rehearsal, and can be pasted.
func TestCommandsThatARehearsalPrintsAreOfThatRehearsal(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	box := "--sandbox=" + filepath.Join(r.dir, "my box")
	out, said := r.run(3, "apply --yes --package @demo/core --fault forbidden,on=trust", box)
	g.Expect(said).To(And(ContainSubstring("the ID token was refused for @demo/core, most likely because"), Not(ContainSubstring("npm login"))))
	found := map[string]bool{}
	for _, text := range []string{out, said} {
		for _, command := range printedCommand.FindAllStringSubmatch(text, -1) {
			args := shellWords(t, command[1])
			g.Expect(args).To(ContainElement(box), command[0])
			r.run(0, args[0], append(args[1:], "--package", "@demo/core")...)
			found[strings.Join(args[:3], " ")] = true
		}
	}
	g.Expect(found).To(And(HaveKey("apply --only trust"), HaveKey("apply --only seed,trust"), HaveKey(HavePrefix("plan "))))
}

func TestAStalePlanIsMadeAnewInItsOwnWorld(t *testing.T) {
	g, r := NewWithT(t), newRehearsed(t)
	box, plan := "--sandbox="+filepath.Join(r.dir, "my box"), filepath.Join(r.dir, "my plan")
	r.run(0, "plan --package @demo/core", "--out="+plan, box)
	r.run(0, "apply --yes --package @demo/core", box)
	r.run(0, "sandbox tag @demo/core@1.1.0", "--dir="+filepath.Join(r.dir, "my box"))
	_, said := r.run(1, "apply", plan, box)
	g.Expect(said).To(ContainSubstring("is stale"))
	_, again, _ := strings.Cut(said, "plan again, and have that approved: facets-reconcile ")
	args := shellWords(t, strings.TrimSpace(again))
	g.Expect(args).To(And(ContainElement(box), ContainElement(plan)))
	r.run(0, args[0], args[1:]...)
	r.run(0, "apply", plan, box)
	_, said = r.run(1, "apply", plan)
	g.Expect(said).To(ContainSubstring("apply it with --sandbox='" + filepath.Join(r.dir, "my box") + "'"))
}
