package report_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func html(t *testing.T, d report.Document) string {
	t.Helper()
	var b bytes.Buffer
	NewWithT(t).Expect(d.HTML(&b, made())).To(Succeed())
	return b.String()
}

// element is an element of a page, which is written so strictly that it can be read as XML.
type element struct {
	name string
	attr map[string]string
	text string // its own, and that of the elements in it
	in   []string
}

func elements(t *testing.T, page string) []*element {
	t.Helper()
	g := NewWithT(t)
	decoder := xml.NewDecoder(strings.NewReader(page))
	var all, path []*element
	var begins []int // where in said the text of each element of the path does
	var said strings.Builder
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return all
		}
		g.Expect(err).NotTo(HaveOccurred())
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			for _, outer := range path {
				e.in = append(e.in, outer.name)
			}
			all, path, begins = append(all, e), append(path, e), append(begins, said.Len())
		case xml.EndElement:
			last := len(path) - 1
			path[last].text = said.String()[begins[last]:]
			path, begins = path[:last], begins[:last]
		case xml.CharData:
			said.Write(token)
		}
	}
}

func named(all []*element, names ...string) []*element {
	return slices.DeleteFunc(slices.Clone(all), func(e *element) bool { return !slices.Contains(names, e.name) })
}

func headline(t *testing.T, d report.Document) string {
	t.Helper()
	return strings.TrimSpace(named(elements(t, html(t, d)), "h1")[0].text)
}

func TestHTMLGoldenFiles(t *testing.T) {
	g := NewWithT(t)
	style := regexp.MustCompile(`(?s)<style>.*</style>`)
	for name, document := range documents(t) {
		t.Run(name, func(t *testing.T) {
			goldenText(t, []byte(style.ReplaceAllString(html(t, document), "<style>…</style>")), filepath.Join("html", name))
		})
	}
	files, err := filepath.Glob("testdata/html/*.golden")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(len(documents(t))))
}

func TestThePageIsReadableWithoutSight(t *testing.T) {
	all := documents(t)
	all["hostile"], all["large"], all["empty"] = hostile(), large(), report.Document{}
	for name, document := range all {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			page := elements(t, html(t, document))
			g.Expect(named(page, "html")[0].attr).To(HaveKeyWithValue("lang", "en"))
			g.Expect(named(page, "title")[0].text).NotTo(BeEmpty())
			g.Expect(named(page, "header", "main", "footer")).To(HaveLen(3))

			level := 0
			for _, heading := range named(page, "h1", "h2", "h3", "h4") {
				next := int(heading.name[1] - '0')
				g.Expect(next).To(BeNumerically("<=", level+1), "a level is left out before %q", heading.text)
				g.Expect(strings.TrimSpace(heading.text)).NotTo(BeEmpty())
				level = next
			}
			g.Expect(named(page, "h1")).To(HaveLen(1))

			ids := map[string]bool{}
			for _, e := range page {
				if id, ok := e.attr["id"]; ok {
					g.Expect(ids).NotTo(HaveKey(id))
					ids[id] = true
				}
			}
			for _, section := range named(page, "section") {
				g.Expect(ids).To(HaveKey(section.attr["aria-labelledby"]))
			}
			for _, table := range named(page, "table") {
				g.Expect(table.attr).To(HaveKeyWithValue("role", "table"), "its rows are blocks on a phone")
			}
			g.Expect(named(page, "caption")).To(HaveLen(len(named(page, "table"))))
			for _, header := range named(page, "th") {
				scope, role := "row", "rowheader"
				if slices.Contains(header.in, "thead") {
					scope, role = "col", "columnheader"
				}
				g.Expect(header.attr).To(SatisfyAll(HaveKeyWithValue("scope", scope), HaveKeyWithValue("role", role)))
			}
			for _, e := range page {
				if e.attr["class"] == "sign" {
					g.Expect(e.attr).To(HaveKeyWithValue("aria-hidden", "true"), "signs are read out as what they look like")
				}
			}
		})
	}
}

func TestNoCellIsToldByColourOrSignAlone(t *testing.T) {
	for name, document := range documents(t) {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			for _, cell := range named(elements(t, html(t, document)), "td") {
				if text := strings.TrimSpace(cell.text); text != "" {
					g.Expect(text).To(MatchRegexp(`[a-z]|\d`))
				}
				if slices.Contains([]string{"bad", "quiet"}, cell.attr["class"]) {
					g.Expect(cell.text).To(MatchRegexp("wrong: |unknown: |later: "))
					g.Expect(cell.attr["title"]).NotTo(BeEmpty())
				}
			}
		})
	}
}

func TestThePageNeedsAndRunsNothing(t *testing.T) {
	all := documents(t)
	all["hostile"] = hostile()
	for name, document := range all {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			text := html(t, document)
			page := elements(t, text)
			g.Expect(text).To(ContainSubstring(`<meta http-equiv="Content-Security-Policy" ` +
				`content="default-src 'none'; style-src 'unsafe-inline'" />`))
			g.Expect(named(page, "script", "img", "link", "iframe", "object", "form", "base")).To(BeEmpty())
			g.Expect(named(page, "style")).To(HaveLen(1))
			g.Expect(named(page, "style")[0].text).NotTo(MatchRegexp(`url\(|@import`))
			for _, e := range page {
				for attribute := range e.attr {
					g.Expect(attribute).NotTo(Or(HavePrefix("on"), Equal("src"), Equal("style")))
				}
				if href, ok := e.attr["href"]; ok {
					g.Expect(href).To(HavePrefix("https://www.example.test/package/"))
				}
			}
		})
	}
}

func TestHostileTextIsShownAsText(t *testing.T) {
	g := NewWithT(t)
	text := html(t, hostile())
	g.Expect(text).To(ContainSubstring("&lt;script&gt;alert"))
	g.Expect(text).To(ContainSubstring("{{.}}"))
	for _, hidden := range []string{"\x00", "\x1b", "\u202e", "\ufffe", "ZgotmplZ"} {
		g.Expect(text).NotTo(ContainSubstring(hidden))
	}
}

func TestTheHeadlineIsTheVerdict(t *testing.T) {
	g := NewWithT(t)
	undeclared, nightly := plan(all(whole), want()), plan(all(whole), want())
	undeclared.Kind, nightly.Kind, undeclared.ExitCode = report.Drift, report.Drift, reconcile.ExitPending
	undeclared.Findings = []reconcile.Finding{{Type: reconcile.Undeclared, Severity: reconcile.Warning}}
	for document, want := range map[*report.Document]string{
		&nightly:                       "✓ No drift",
		&undeclared:                    "○ 1 warning",
		new(plan(all(whole), want())):  "✓ Converged",
		new(plan(all(absent), want())): "○ 6 changes to make",
		new(trust()):                   "○ A human must act",
		new(stuck(t)):                  "○ Waiting for the registry",
		new(documents(t)["nextsteps"]): "○ A human must act",
		new(findings()):                "✗ 6 errors",
		new(drift()):                   "✗ 1 torn release",
		new(failures(t)):               "✗ 2 failed changes",
		new(documents(t)["done"]):      "✓ Converged",
		new(report.NewResult(reconcile.Result{}, "", "", reconcile.ExitError, guide())): "✗ Ended before it was finished",
	} {
		g.Expect(headline(t, *document)).To(Equal(want))
	}
}

func TestTornReleasesOfThePastAreNoFaultOfThePresentOne(t *testing.T) {
	g := NewWithT(t)
	nightly := plan(all(whole), want())
	nightly.Kind, nightly.ExitCode = report.Drift, reconcile.ExitPending
	for _, version := range []spec.Version{"0.8.0", "0.9.0"} {
		nightly.Findings = append(nightly.Findings, reconcile.Finding{Type: reconcile.Torn, Severity: reconcile.Error, Package: "cli", Version: version})
	}
	g.Expect(headline(t, nightly)).To(Equal("✗ 2 torn releases of the past"))
	g.Expect(html(t, nightly)).To(ContainSubstring("packages as they should be at the versions that are desired now"))
	nightly.Findings = append(nightly.Findings, reconcile.Finding{Type: reconcile.Torn, Severity: reconcile.Error, Package: "cli", Version: "1.0.0"})
	g.Expect(headline(t, nightly)).To(Equal("✗ 3 torn releases"))
}

func TestWhatIsTornComesFirst(t *testing.T) {
	g := NewWithT(t)
	d := drift()
	d.Findings = append(d.Findings, findings().Findings...)
	var headings []string
	for _, heading := range named(elements(t, html(t, d)), "h2") {
		headings = append(headings, strings.TrimSpace(heading.text))
	}
	g.Expect(headings).To(Equal([]string{"✗ Torn releases", "✗ Errors", "○ Warnings", "cli cli@1.0.0", "libraries"}))
}

// large is a group of many packages, of which one is not as it should be.
func large() report.Document {
	d := drift()
	libraries := &d.Groups[1].Packages
	for i := range 100 {
		p := (*libraries)[1]
		p.Name = spec.Name(fmt.Sprintf("@s/library-%02d", i))
		*libraries = append(*libraries, p)
	}
	return d
}

func TestALargeGroupIsFolded(t *testing.T) {
	g := NewWithT(t)
	page := elements(t, html(t, large()))
	var open, folded []string
	for _, header := range named(page, "summary") {
		switch {
		case strings.HasSuffix(header.text, "more packages"):
			g.Expect(header.text).To(Equal("101 more packages"))
		case slices.Contains(header.in[:slices.Index(header.in, "table")], "details"):
			folded = append(folded, header.text)
		default:
			open = append(open, header.text)
		}
	}
	g.Expect(open).To(Equal([]string{"cli", "@s/cli-darwin-arm64", "@s/cli-linux-x64", "@s/cli-linux-x64-musl", "@s/adapter"}))
	g.Expect(folded).To(HaveLen(101))
}

// The style's colours in either scheme, and what is written in which of them on what.
func TestContrast(t *testing.T) {
	g := NewWithT(t)
	style, err := os.ReadFile("page/report.css")
	g.Expect(err).NotTo(HaveOccurred())
	light, dark, found := strings.Cut(string(style), "@media (prefers-color-scheme: dark)")
	g.Expect(found).To(BeTrue())
	dark, rules, found := strings.Cut(dark, "* {")
	g.Expect(found).To(BeTrue())
	for scheme, text := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
			colours[m[1]] = m[2]
		}
		g.Expect(colours).To(HaveLen(10), scheme)
		for _, ink := range []string{"ink", "quiet", "accent", "good", "wait", "bad"} {
			for _, paper := range []string{"paper", "raised", "bad-paper"} {
				g.Expect(contrast(colours[ink], colours[paper])).To(BeNumerically(">=", 4.5), "%s: %s on %s", scheme, ink, paper)
			}
		}
	}
	g.Expect(rules).NotTo(MatchRegexp(`#[0-9a-f]{3,8}\b`), "colours are named once, at the top")
	g.Expect(contrast("000000", "ffffff")).To(BeNumerically("~", 21, .01))
}
