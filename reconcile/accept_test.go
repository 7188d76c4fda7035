package reconcile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// The state file's list of findings, which package desired keeps, is that of the constants here.
func TestEveryFindingCanBeNamedInTheStateFile(t *testing.T) {
	g := NewWithT(t)
	file, err := parser.ParseFile(token.NewFileSet(), "finding.go", nil, 0)
	g.Expect(err).NotTo(HaveOccurred())
	var types []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if of, ok := v.Type.(*ast.Ident); ok && of.Name == "FindingType" {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				g.Expect(err).NotTo(HaveOccurred())
				types = append(types, text)
			}
		}
		return true
	})
	g.Expect(types).To(ConsistOf(append(desired.Findings(), string(reconcile.AcceptedNothing))))
}

func today() time.Time { return time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC) }

func TestAcceptParts(t *testing.T) {
	const until, over = "2027-01-31", "2027-01-30"
	for name, test := range map[string]struct {
		finding  reconcile.Finding
		accept   []desired.Acceptance
		accepted bool
		said     string
		code     int
	}{
		"a torn release of the past": {torn("1.0.0"), entries("Torn", "cli", "1.0.0", ""), true, "", 0},
		"until today":                {torn("1.0.0"), entries("Torn", "cli", "1.0.0", until), true, "", 0},
		"until yesterday":            {torn("1.0.0"), entries("Torn", "cli", "1.0.0", over), false, "expired on 2027-01-30", 2},
		"another version":            {torn("1.0.0"), entries("Torn", "cli", "1.1.0", ""), false, "", 2},
		"another type":               {torn("1.0.0"), entries("Deprecated", "cli", "1.0.0", ""), false, "", 2},
		"the present release":        {torn("2.0.0"), entries("Torn", "cli", "", ""), false, "spec.accept[0] does not apply: errors of the present", 2},
		"the present, over":          {torn("2.0.0"), entries("Torn", "cli", "", over), false, "errors of the present", 2},
		"a warning of the present": {reconcile.Finding{Type: reconcile.Deprecated, Severity: reconcile.Warning, Package: "cli", Version: "2.0.0"},
			entries("Deprecated", "c*", "", ""), true, "", 0},
		"one that is over, and one that is not": {torn("1.0.0"),
			append(entries("Torn", "cli", "1.0.0", over), entries("Torn", "c*", "", until)...), true, "", 0},
		"what could not be read": {reconcile.Finding{Type: reconcile.Unreadable, Severity: reconcile.Error, Package: "cli"},
			entries("Unreadable", "cli", "", ""), false, "spec.accept[0] does not apply: what could not be read", 1},
		"an artifact": {reconcile.Finding{Type: reconcile.ArtifactRefused, Severity: reconcile.Error, Package: "cli", Version: "2.0.0"},
			entries("ArtifactRefused", "cli", "", ""), false, "does not apply", 1},
		"a conflict": {reconcile.Finding{Type: reconcile.Conflict, Severity: reconcile.Error, Package: "cli-linux-x64", Version: "2.0.0"},
			entries("Conflict", "cli-*", "", ""), false, "errors of the present release", 2},
		"a package that nobody declares": {reconcile.Finding{Type: reconcile.Undeclared, Severity: reconcile.Warning, Package: "new"},
			entries("Undeclared", "new", "", ""), true, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := newShelf(t)
			s.want.Accept = test.accept
			plan := reconcile.Accept(reconcile.Plan{Findings: []reconcile.Finding{test.finding}}, s.want, today())
			g.Expect(plan.ExitCode()).To(Equal(test.code))
			if test.accepted {
				g.Expect(plan.Findings).To(BeEmpty())
				g.Expect(plan.Accepted).To(HaveLen(1))
				g.Expect(plan.Accepted[0].Finding).To(Equal(test.finding))
				g.Expect(plan.Accepted[0].Reason).To(Equal("it is so"))
				return
			}
			g.Expect(plan.Accepted).To(BeEmpty())
			g.Expect(plan.Findings).To(HaveLen(1))
			g.Expect(plan.Findings[0].Message).To(ContainSubstring(test.said))
			if test.said == "" {
				g.Expect(plan.Findings[0]).To(Equal(test.finding))
			}
		})
	}
}

func torn(version spec.Version) reconcile.Finding {
	return reconcile.Finding{Type: reconcile.Torn, Severity: reconcile.Error, Package: "cli", Version: version, Next: "publish"}
}

func entries(finding, name string, version spec.Version, until string) []desired.Acceptance {
	return []desired.Acceptance{{Finding: finding, Package: name, Version: version, Reason: "it is so", Until: until}}
}

// A dist-tag that is accepted where it is leaves nothing to be done, in the summary and in the group as in the exit code.
func TestADistTagThatIsAcceptedIsAsItShouldBe(t *testing.T) {
	for name, accept := range map[string][]desired.Acceptance{
		"accepted": entries("Behind", "cli", "2.0.0", ""), "for a platform alone": entries("Behind", "cli-*", "", ""), "not": nil,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := newShelf(t)
			s.want.TrustedPublishers = nil
			s.cli.Versions = []spec.Version{"1.0.0", "2.0.0"}
			s.lib.Versions = s.cli.Versions
			p := s.is["cli"]
			p.Manifest = &spec.Manifest{OptionalDependencies: map[string]string{"cli-linux-x64": "2.0.0", "cli-darwin-arm64": "2.0.0"}}
			s.is["cli"] = p
			s.set("cli", observed.Served, "1.0.0")
			s.set("cli-linux-x64", observed.Served, "1.0.0")
			s.want.Accept = accept
			plan, _ := s.drift(t, 3)
			accepted := name == "accepted"
			g.Expect(plan.Accepted).To(HaveLen(map[bool]int{true: 1}[accepted]))
			g.Expect(plan.ExitCode() == reconcile.ExitOK).To(Equal(accepted))
			g.Expect(plan.Summary.Converged).To(Equal(accepted))
			for _, p := range plan.Packages() {
				c, _ := p.Condition(reconcile.Tagged)
				g.Expect(p.Stands(reconcile.Tagged)).To(Equal(accepted && c.Reason == reconcile.ReasonBehind), string(p.Name))
			}
			g.Expect(plan.Groups[0].Conditions[0].Status == reconcile.True).To(Equal(accepted))
		})
	}
}
