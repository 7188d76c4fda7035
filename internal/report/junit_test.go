package report_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// made is when the documents of the tests came to be: two hours past noon in UTC.
func made() time.Time { return time.Date(2026, 3, 1, 15, 0, 0, 0, time.FixedZone("east", 3600)) }

func junit(t *testing.T, d report.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	NewWithT(t).Expect(d.JUnit(&b, made())).To(Succeed())
	return b.Bytes()
}

// The part of JUnit's form that Jenkins and CircleCI read.
type (
	suites struct {
		Suites []suite `xml:"testsuite"`
	}
	suite struct {
		Name      string     `xml:"name,attr"`
		Timestamp string     `xml:"timestamp,attr"`
		Tests     int        `xml:"tests,attr"`
		Failures  int        `xml:"failures,attr"`
		Errors    int        `xml:"errors,attr"`
		Skipped   int        `xml:"skipped,attr"`
		Cases     []testcase `xml:"testcase"`
	}
	testcase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *trouble `xml:"failure"`
		Error   *trouble `xml:"error"`
		Skipped *trouble `xml:"skipped"`
	}
	trouble struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func read(t *testing.T, text []byte) suites {
	t.Helper()
	var all suites
	NewWithT(t).Expect(xml.Unmarshal(text, &all)).To(Succeed())
	return all
}

func (all suites) find(t *testing.T, class, name string) testcase {
	t.Helper()
	for _, s := range all.Suites {
		if i := slices.IndexFunc(s.Cases, func(c testcase) bool { return c.Class == class && c.Name == name }); i >= 0 {
			return s.Cases[i]
		}
	}
	t.Fatalf("there is no test case %s of %s", name, class)
	return testcase{}
}

func TestJUnitGoldenFiles(t *testing.T) {
	g := NewWithT(t)
	for name, document := range documents(t) {
		t.Run(name, func(t *testing.T) { goldenText(t, junit(t, document), filepath.Join("junit", name)) })
	}
	files, err := filepath.Glob("testdata/junit/*.golden")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(len(documents(t))))
}

func goldenText(t *testing.T, got []byte, name string) {
	t.Helper()
	g := NewWithT(t)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		g.Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(file, got, 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred(), "write it with -update")
	g.Expect(string(got)).To(Equal(string(want)), "%s; when that is as it should be: go test ./internal/report -update", file)
}

func TestJUnitFitsItsSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	all := documents(t)
	all["hostile"], all["empty"] = hostile(), report.Document{}
	for name, document := range all {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			command := exec.CommandContext(t.Context(), xmllint, "--noout", "--nonet", "--schema", "testdata/junit.xsd", "-")
			command.Stdin = bytes.NewReader(junit(t, document))
			output, err := command.CombinedOutput()
			g.Expect(err).NotTo(HaveOccurred(), "%s", output)
		})
	}
}

func TestJUnitHasACaseForEachPackageAndCondition(t *testing.T) {
	for name, document := range documents(t) {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			all := read(t, junit(t, document))
			seen := map[string]bool{}
			for _, s := range all.Suites {
				g.Expect(s.Timestamp).To(Equal("2026-03-01T14:00:00"))
				counted := suite{Tests: len(s.Cases)}
				for _, c := range s.Cases {
					g.Expect(seen).NotTo(HaveKey(s.Name+" "+c.Class+" "+c.Name), "twice")
					seen[s.Name+" "+c.Class+" "+c.Name] = true
					switch {
					case c.Failure != nil:
						counted.Failures++
					case c.Error != nil:
						counted.Errors++
					case c.Skipped != nil:
						counted.Skipped++
					}
				}
				g.Expect([]int{s.Tests, s.Failures, s.Errors, s.Skipped}).To(
					Equal([]int{counted.Tests, counted.Failures, counted.Errors, counted.Skipped}), s.Name)
			}
			for _, group := range document.Groups {
				for _, p := range group.Packages {
					for _, c := range p.Conditions {
						g.Expect(seen).To(HaveKey(group.Name + " " + string(p.Name) + " " + string(c.Type)))
					}
				}
			}
		})
	}
}

func TestJUnitTellsWhatIsWrongAndWhatToDo(t *testing.T) {
	g := NewWithT(t)

	all := read(t, junit(t, failures(t)))
	c := all.find(t, "@s/cli-linux-x64", "Published")
	g.Expect(c.Failure.Type).To(Equal("Absent"))
	g.Expect(c.Failure.Message).To(HavePrefix("publish failed: artifact dist/linux"), "the cause comes before the state")
	g.Expect(c.Failure.Text).To(ContainSubstring("facets-reconcile apply --tag cli@1.0.0 -f state.yaml"))
	g.Expect(all.find(t, "@s/adapter", "Seeded").Failure.Text).To(ContainSubstring("--only seed,trust"))
	g.Expect(all.find(t, "cli", "Seeded")).To(Equal(testcase{Class: "cli", Name: "Seeded"}))

	all = read(t, junit(t, findings()))
	g.Expect(all.find(t, "cli", "Served").Error.Type).To(Equal("ReadFailed"), "what could not be read has not failed")
	g.Expect(all.find(t, "cli", "Served").Error.Text).To(ContainSubstring("run again when the registry answers"))
	g.Expect(all.find(t, "@s/core", "Conflict 1.0.0").Failure).NotTo(BeNil())
	g.Expect(all.find(t, "cli", "Unreadable 1.0.0").Error).NotTo(BeNil())
	g.Expect(all.find(t, "@s/new", "Undeclared").Skipped).NotTo(BeNil(), "a warning is no failure")

	nightly := findings()
	nightly.Kind = report.Drift
	g.Expect(read(t, junit(t, nightly)).find(t, "@s/new", "Undeclared").Failure).NotTo(BeNil(), "but drift")

	all = read(t, junit(t, trust()))
	g.Expect(all.find(t, "@s/adapter", "Trusted").Skipped.Message).To(HavePrefix("NoEvidence: "))
	g.Expect(all.find(t, "@s/core", "Trusted").Error.Type).To(Equal("ReadFailed"))
	g.Expect(all.find(t, "cli", "Trusted").Failure.Type).To(Equal("ClaimsDiffer"))

	all = read(t, junit(t, drift()))
	g.Expect(all.find(t, "@s/cli-linux-x64-musl", "Served").Skipped.Message).To(HavePrefix("NextRelease: "), "it is no drift")
	g.Expect(all.find(t, "cli", "Complete").Failure.Text).To(ContainSubstring("publish what is missing, or release 1.0.1"))

	all = read(t, junit(t, stuck(t)))
	g.Expect(all.find(t, "@s/core", "Served").Failure.Text).To(ContainSubstring("run it again"))
}

func TestAChangeThatFailedFailsInJUnitWhateverTheConditionIs(t *testing.T) {
	g := NewWithT(t)
	d := plan(all(whole), want())
	entry := &d.Groups[0].Packages[0]
	entry.Changes = append(entry.Changes, reconcile.Change{
		Action: reconcile.Trust, Actor: reconcile.Human, Reason: reconcile.ReasonSurplus, Message: "no answer", Outcome: reconcile.Failed})
	cases := read(t, junit(t, d))
	g.Expect(cases.find(t, "cli", "Trusted").Failure.Message).To(Equal("trust failed: no answer"))
	g.Expect(cases.find(t, "cli", "Served").Failure).To(BeNil())
}

func TestJUnitSkipsWhatWasNotAskedFor(t *testing.T) {
	g := NewWithT(t)
	p := reconcile.Diff(want(), all(absent).is, reconcile.Policy{Groups: []string{"cli"}})
	cases := read(t, junit(t, report.NewPlan(p, "", "", 0, guide())))
	g.Expect(cases.find(t, "@s/core", "Served").Skipped.Message).To(HavePrefix("not asked for: "))
	g.Expect(cases.find(t, "@s/core", "Seeded").Skipped).To(BeNil())
	g.Expect(cases.find(t, "cli", "Served").Failure).NotTo(BeNil())
}

func TestARunThatEndedEarlyFailsInJUnit(t *testing.T) {
	g := NewWithT(t)
	cases := read(t, junit(t, report.NewResult(reconcile.Result{}, "", "", reconcile.ExitError, guide())))
	g.Expect(cases.find(t, "facets-reconcile", "result").Error).NotTo(BeNil())
	g.Expect(read(t, junit(t, report.NewResult(reconcile.Result{}, "", "", reconcile.ExitOK, guide()))).Suites).To(BeEmpty())
}

func TestJUnitTakesAnyText(t *testing.T) {
	g := NewWithT(t)
	text := junit(t, hostile())
	message := read(t, text).find(t, "@s/core", "Seeded").Failure
	g.Expect(message.Message).To(ContainSubstring(`<script>alert("1")</script>`))
	g.Expect(message.Text).To(ContainSubstring("]]>"))
	g.Expect(message.Text).NotTo(ContainSubstring("\x1b"))
	g.Expect(string(text)).NotTo(ContainSubstring("\u202e"))
}

// hostile is a document in which every text that may come from elsewhere is full of markup and control characters.
func hostile() report.Document {
	bad := "</style></td>\x00\x1b[31m\u202e\ufffe\xff" + `<script>alert("1")</script><img src=x onerror='alert(2)'>]]>{{.}}&lt;` + "\nline"
	d := plan(all(missing), want())
	d.Source, d.Registry = bad, "javascript:alert(3)//"+bad
	d.PublishedNow = []string{bad}
	for i := range d.Groups {
		d.Groups[i].Tag = bad
		for j := range d.Groups[i].Conditions {
			d.Groups[i].Conditions[j].Message = bad
		}
		for j := range d.Groups[i].Packages {
			p := &d.Groups[i].Packages[j]
			p.Tag = bad
			for k := range p.Conditions {
				p.Conditions[k].Message = bad
			}
			for k := range p.Changes {
				p.Changes[k].Message, p.Changes[k].BlockedBy = bad, []reconcile.Blocker{{Why: bad}}
				p.Changes[k].Outcome = reconcile.Failed
			}
		}
	}
	for _, severity := range []reconcile.Severity{reconcile.Error, reconcile.Warning} {
		d.Findings = append(d.Findings, reconcile.Finding{
			Type: reconcile.Conflict, Severity: severity, Package: "@s/core", Message: bad, Next: bad})
	}
	d.Guide.Flags = " -f " + bad
	return d
}
