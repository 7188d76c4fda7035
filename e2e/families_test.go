package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// Reads, and only reads, the registry that npm is configured for on this machine, one family after the other: those of the list, or those
// that FACETS_E2E_FAMILIES names, separated by spaces. A family that the registry lacks is named and left out, as is a package that it
// lacks of a family; so is what init refuses, with the reason.
var _ = Describe("families of packages on the configured registry", Label("registry"), func() {
	It("converge as init writes them, or are refused with a reason", func() {
		if os.Getenv("FACETS_E2E_REGISTRY") != "1" {
			Skip("FACETS_E2E_REGISTRY=1 runs this")
		}
		list, err := os.ReadFile("testdata/families.txt")
		Expect(err).NotTo(HaveOccurred())
		names := strings.Fields(string(list))
		Expect(len(names)).To(BeNumerically(">=", 40))
		if chosen := strings.Fields(os.Getenv("FACETS_E2E_FAMILIES")); len(chosen) > 0 {
			names = chosen
		}
		said := map[string][]string{}
		for _, name := range names {
			verdict, detail := family(name)
			AddReportEntry(fmt.Sprintf("%s: %s %s", name, verdict, detail), ReportEntryVisibilityAlways)
			said[verdict] = append(said[verdict], name)
		}
		Expect(said["wrong"]).To(BeEmpty())
		Expect(len(said["converged"])).To(BeNumerically(">", len(names)/2), "the registry lacks most of them: %v", said)
	})
})

// family takes one family from the registry, and plans with the file. Its verdict is one of: converged; missing, of an entry that is not
// there; incomplete, of one whose platforms are not all there; refused; wrong.
func family(name string) (verdict, detail string) {
	GinkgoHelper()
	github := agreeable()
	defer github.Close()
	p := newPlace()
	run := func(arguments ...string) outcome {
		command := exec.Command(binary, append(arguments, "-f", p.path(stateFile))...)
		command.Env = append(os.Environ(), "GITHUB_API_URL="+github.URL)
		session, err := gexec.Start(command, nil, nil)
		Expect(err).NotTo(HaveOccurred())
		return finish(session)
	}
	o := run("init", "--from", name)
	last := strings.TrimSpace(o.err[strings.LastIndex(strings.TrimSpace(o.err), "\n")+1:])
	switch {
	case o.code != 0 && strings.Contains(o.err, "404"):
		return "missing", last
	case o.code != 0 && !exists(p.path(stateFile)) && strings.Contains(last, name):
		return "refused", last
	case o.code != 0:
		return "wrong", o.err
	}
	arguments := []string{"plan", "-o", "json"}
	if tag := regexp.MustCompile(`what is served is then --tag (\S+)`).FindStringSubmatch(o.out); tag != nil { // there is nowhere to look
		arguments = append(arguments, "--tag", tag[1])
	}
	planned := run(arguments...)
	if planned.code != 0 {
		return "wrong", planned.err
	}
	d := planned.document()
	missing := strings.Join(regexp.MustCompile(`(?m)^note: not on the registry.*$`).FindAllString(o.out, -1), "\n")
	left, torn := unlike(d, missing), slices.Contains(d.kinds(), "Torn")
	switch {
	case d.Summary.Converged && !torn:
		return "converged", fmt.Sprintf("%d packages", len(d.packages()))
	case missing != "" && len(left) == 0:
		return "incomplete", missing
	}
	return "wrong", fmt.Sprintf("%v, not as they should be: %v; %v", d.Summary, left, d.Findings)
}

// unlike returns the packages that are not as they should be, although all is there that init named: of the entry it may be said that its
// platforms are missing, of those that they are.
func unlike(d document, missing string) (names []string) {
	for _, p := range d.packages() {
		named := regexp.MustCompile(`(?m) ` + regexp.QuoteMeta(p.Name) + `(,|$)`).MatchString(missing)
		wrong := slices.ContainsFunc(p.Conditions, func(c condition) bool {
			return c.Status == "False" && !(p.Role == "entry" && c.Type == "Complete" && c.Reason == "PlatformsMissing")
		})
		if wrong && !named {
			names = append(names, p.Name)
		}
	}
	return names
}
