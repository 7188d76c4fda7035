package e2e_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// outcome is what a process left.
type outcome struct {
	code     int
	out, err string
}

// anyToken fits every ID token, by the first field of its header (alg, typ, kid), and every token of the sandbox's. Provenance is JSON in
// base64, too, with other fields.
var anyToken = regexp.MustCompile(`eyJ(?:hbGci|0eXAi|raWQi)[A-Za-z0-9_-]{5}|npm_[A-Z2-7]{26}`)

// finish waits for a process. No output of any may hold a token, be it an ID token or one of the sandbox's.
func finish(session *gexec.Session) outcome {
	GinkgoHelper()
	Eventually(session, soon).Should(gexec.Exit())
	o := outcome{session.ExitCode(), string(session.Out.Contents()), string(session.Err.Contents())}
	for _, text := range []string{o.out, o.err} {
		Expect(anyToken.MatchString(text)).To(BeFalse(), "a token was printed:\n%s", text)
		Expect(text).NotTo(ContainSubstring("goroutine "), "it panicked")
	}
	return o
}

// ends says how the process must have ended, and shows all that it printed where it did not.
func (o outcome) ends(code int) outcome {
	GinkgoHelper()
	Expect(o.code).To(Equal(code), "stdout:\n%s\nstderr:\n%s", o.out, o.err)
	return o
}

// lines returns the lines of stderr that begin with the word: what was done, and what was waited for.
func (o outcome) lines(word string) []string {
	var found []string
	for line := range strings.Lines(o.err) {
		if strings.HasPrefix(line, word+" ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// document is the JSON that plan and apply print, as far as these specs look into it.
type document struct {
	APIVersion   string
	Kind         string
	ExitCode     int
	Groups       []group
	Findings     []struct{ Type, Severity, Package, Version, Message, Next string }
	Accepted     []struct{ Type, Severity, Package, Version, Message, Next, Reason, Until string }
	PublishedNow []string
	Summary      summary
}

type group struct {
	Name, Version, Tag string
	Conditions         []condition
	Packages           []pkg
}

type pkg struct {
	Name, Role, Version, Tag string
	DistTags                 map[string]string
	Conditions               []condition
	Changes                  []change
}

type condition struct{ Type, Status, Reason, Message string }

type change struct {
	Action, Actor, Reason, Message, Outcome string
	BlockedBy                               []string
}

type summary struct {
	Converged                              bool
	Seed, Trust, Publish, Tag, Wait, Human int
}

// document reads what -o json printed.
func (o outcome) document() document {
	GinkgoHelper()
	var d document
	Expect(json.Unmarshal([]byte(o.out), &d)).To(Succeed(), o.out+o.err)
	Expect(d.ExitCode).To(Equal(o.code), "exitCode in the document, and the process's")
	return d
}

func (d document) packages() []pkg {
	var all []pkg
	for _, g := range d.Groups {
		all = append(all, g.Packages...)
	}
	return all
}

// pkg returns the package of that name.
func (d document) pkg(name string) pkg {
	GinkgoHelper()
	i := slices.IndexFunc(d.packages(), func(p pkg) bool { return p.Name == name })
	Expect(i).To(BeNumerically(">=", 0), "%s is not in the document", name)
	return d.packages()[i]
}

// changed returns the packages that have a change of that action, in the order of the document.
func (d document) changed(action string) []string {
	var names []string
	for _, p := range d.packages() {
		if slices.ContainsFunc(p.Changes, func(c change) bool { return c.Action == action }) {
			names = append(names, p.Name)
		}
	}
	return names
}

// is returns a condition of the package as "Status Reason".
func (p pkg) is(conditionType string) string {
	for _, c := range p.Conditions {
		if c.Type == conditionType {
			return c.Status + " " + c.Reason
		}
	}
	return "none"
}
