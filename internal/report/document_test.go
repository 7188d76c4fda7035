package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func write(t *testing.T, d report.Document, f report.Format) string {
	t.Helper()
	var b bytes.Buffer
	NewWithT(t).Expect(d.Write(&b, f, false)).To(Succeed())
	return b.String()
}

// The shape of the JSON: every key of an object, in any order, and what stands there.
type (
	object map[string]any // by key: object, list, or one of the kinds below
	list   struct{ of any }
	byName struct{ of any } // an object with any keys
	kind   string
)

const (
	text   kind = "string"
	number kind = "float64"
	truth  kind = "bool"
)

func shape() object {
	condition := object{"type": text, "status": text, "reason": text, "message": text}
	change := object{"action": text, "actor": text, "reason": text, "message": text, "blockedBy": list{text}, "outcome": text}
	pkg := object{"name": text, "role": text, "version": text, "tag": text, "distTags": byName{text},
		"conditions": list{condition}, "changes": list{change}}
	return object{
		"apiVersion": text, "kind": text, "registry": text, "source": text, "exitCode": number,
		"groups":   list{object{"name": text, "version": text, "tag": text, "conditions": list{condition}, "packages": list{pkg}}},
		"findings": list{object{"type": text, "severity": text, "package": text, "version": text, "message": text, "next": text}},
		"accepted": list{object{"type": text, "severity": text, "package": text, "version": text, "message": text, "next": text,
			"reason": text, "until": text}},
		"publishedNow": list{text},
		"summary": object{"converged": truth, "seed": number, "trust": number, "publish": number, "tag": number, "wait": number,
			"human": number},
	}
}

// misfits lists where a value has not the shape.
func misfits(at string, value, shape any) []string {
	var all []string
	switch shape := shape.(type) {
	case object:
		fields, ok := value.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, no object", at, value)}
		}
		for key := range fields {
			if _, ok := shape[key]; !ok {
				all = append(all, at+"."+key+" is not to be there")
			}
		}
		for _, key := range slices.Sorted(maps.Keys(shape)) {
			if field, ok := fields[key]; !ok {
				all = append(all, at+"."+key+" is missing")
			} else {
				all = append(all, misfits(at+"."+key, field, shape[key])...)
			}
		}
	case byName:
		fields, ok := value.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, no object", at, value)}
		}
		for key, field := range fields {
			all = append(all, misfits(at+"."+key, field, shape.of)...)
		}
	case list:
		elements, ok := value.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, no list", at, value)}
		}
		for i, element := range elements {
			all = append(all, misfits(fmt.Sprintf("%s[%d]", at, i), element, shape.of)...)
		}
	case kind:
		if fmt.Sprintf("%T", value) != string(shape) {
			return []string{fmt.Sprintf("%s is %T, no %s", at, value, shape)}
		}
	}
	return all
}

func TestJSONHasTheShapeThatIsPromised(t *testing.T) {
	all := documents(t)
	all["an empty plan"] = report.NewPlan(reconcile.Plan{}, "", "", 0, report.Guide{})
	all["an empty result"] = report.NewResult(reconcile.Result{}, "", "", 0, report.Guide{})
	all["a diff of nothing"] = report.NewPlan(reconcile.Diff(reconcile.Desired{}, nil, reconcile.Policy{}), "", "", 0, report.Guide{})
	unread := want()
	for i := range unread.Releases {
		unread.Releases[i].Version, unread.Releases[i].Tag = "", ""
	}
	all["without a version, and nothing read"] = report.NewPlan(reconcile.Diff(unread, nil, reconcile.Policy{}), "", "", 0, report.Guide{})
	for name, document := range all {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			output := write(t, document, report.JSON)
			var value any
			g.Expect(json.Unmarshal([]byte(output), &value)).To(Succeed())
			g.Expect(misfits("", value, shape())).To(BeEmpty())
			g.Expect(output).To(HaveSuffix("}\n"))

			asJSON, err := yaml.YAMLToJSON([]byte(write(t, document, report.YAML)))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(asJSON).To(MatchJSON(output), "YAML says the same")
		})
	}
}

func TestJSONKeepsItsHeader(t *testing.T) {
	g := NewWithT(t)
	d := report.NewPlan(reconcile.Plan{}, "http://127.0.0.1:1/<x>&", "o/r", 3, guide())
	output := write(t, d, report.JSON)
	g.Expect(output).To(ContainSubstring(`"http://127.0.0.1:1/<x>&"`), "not escaped for HTML")
	g.Expect(output).To(MatchJSON(`{"apiVersion": "reconcile.agentfacets.io/v1alpha1", "kind": "Plan", "registry": "http://127.0.0.1:1/<x>&",
		"source": "o/r", "exitCode": 3, "groups": [], "findings": [],
  "accepted": [], "publishedNow": [],
		"summary": {"converged": false, "seed": 0, "trust": 0, "publish": 0, "tag": 0, "wait": 0, "human": 0}}`))
}

// nasty is what a registry, or whoever stands in its way, could answer.
const nasty = "a\x1b[35mb\x1b]0;title\x07c\rd\x00e\u009b2Jf\u0085g\x7fh\u202ei\u200bj\u2028k\ufeffl\x08m\xffn\to"

func nastyDocument(t *testing.T) report.Document {
	t.Helper()
	w := all(absent)
	w.errors["inspect @s/cli-linux-x64"] = broken(nasty)
	w.errors["publish @s/core"] = refused(nasty)
	d := result(w.run(t, want(), "seed trust publish tag"))
	for _, s := range []reconcile.Severity{reconcile.Error, reconcile.Warning} {
		d.Findings = append(d.Findings, reconcile.Finding{Type: reconcile.Conflict, Severity: s, Package: "p", Message: nasty, Next: nasty})
	}
	claims := trust()
	for i := range claims.Groups {
		for j := range claims.Groups[i].Packages {
			p := &claims.Groups[i].Packages[j]
			for k := range p.Conditions {
				p.Conditions[k].Message += nasty
			}
			for k := range p.Changes {
				p.Changes[k].Message += nasty
				p.Changes[k].BlockedBy = []reconcile.Blocker{{Why: nasty}, {Name: spec.Name(nasty), Wanted: nasty, Condition: reconcile.Served}}
			}
		}
	}
	d.Groups = append(d.Groups, claims.Groups...)
	return d
}

func TestControlCharactersNeverReachTheTerminal(t *testing.T) {
	d := nastyDocument(t)
	// What is the colours' own is taken out first; nasty has none of it.
	own := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "")
	for _, f := range []report.Format{report.Table, report.Markdown, report.JSON, report.YAML} {
		for _, colour := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, colour %v", f, colour), func(t *testing.T) {
				g := NewWithT(t)
				var b bytes.Buffer
				g.Expect(d.Write(&b, f, colour)).To(Succeed())
				output := b.String()
				if colour && f == report.Table {
					g.Expect(output).To(ContainSubstring("\x1b[31m"))
					output = own.Replace(output)
				}
				g.Expect(output).To(ContainSubstring("title"), "the words stay")
				for _, r := range output {
					g.Expect(r != '\n' && unicode.IsControl(r)).To(BeFalse(), "%U", r)
				}
			})
		}
	}
}

func TestJSONAndYAMLKeepWhatAMessageSays(t *testing.T) {
	g := NewWithT(t)
	const message = "a\x1b[35mb\u009b2Jc\u0085d\x7fe: 'f' \"g\" \\ #h\ni"
	d := report.NewPlan(reconcile.Plan{Findings: []reconcile.Finding{{Type: reconcile.Torn, Message: message}}}, "", "", 0, report.Guide{})
	var fromJSON, fromYAML report.Document
	g.Expect(json.Unmarshal([]byte(write(t, d, report.JSON)), &fromJSON)).To(Succeed())
	g.Expect(fromJSON.Findings[0].Message).To(Equal(message))
	g.Expect(yaml.UnmarshalStrict([]byte(write(t, d, report.YAML)), &fromYAML)).To(Succeed())
	g.Expect(fromYAML.Findings[0].Message).To(Equal(message))
}

func TestMarkdownIsNotSteeredByWhatItQuotes(t *testing.T) {
	g := NewWithT(t)
	message := "<script>x</script> | a @b [c](http://d.example.test) `e` *f*\nsecond line\n\n# title"
	d := report.NewPlan(reconcile.Plan{Findings: []reconcile.Finding{{Type: reconcile.Torn, Message: message, Next: message}}}, "", "", 0, report.Guide{})
	output := write(t, d, report.Markdown)
	for _, markup := range []string{"<script", " | ", "@b", "[c](", " `e`", "\nsecond", "\n# title"} {
		g.Expect(output).NotTo(ContainSubstring(markup))
	}
	g.Expect(output).To(ContainSubstring("&lt;script&gt;"))
}

func TestAWriterThatFailsIsTold(t *testing.T) {
	d := plan(all(missing), want())
	for _, f := range []report.Format{report.Table, report.JSON, report.YAML, report.Markdown} {
		NewWithT(t).Expect(d.Write(full{}, f, false)).To(MatchError("no space"), string(f))
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, broken("no space") }

func TestAPublishThatNobodyHereMakesNamesItsTagOnce(t *testing.T) {
	g := NewWithT(t)
	output := write(t, result(all(absent).run(t, want(), "seed trust tag")), report.Table)
	for _, name := range []spec.Name{"cli", "@s/adapter", "@s/core"} {
		g.Expect(strings.Count(output, fmt.Sprintf(" --tag %s@1.0.0 -f state.yaml\n", name))).To(Equal(1), string(name))
	}
}
