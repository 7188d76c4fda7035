package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/tools/pictures/chromium"
	"github.com/agent-facets/facets-reconcile/tools/pictures/world"
)

// hostileText is what somebody else's package may say of itself.
const hostileText = `</code><script>document.title = "owned"</script><img src="https://registry.example.test/x.png" onerror="alert(1)">'"&{{.}}`

// report checks a world with one of each finding, and returns the files of the report as HTML and JSON.
func report(t *testing.T) (html, document string) {
	t.Helper()
	g := NewWithT(t)
	program, dir := filepath.Join(t.TempDir(), "facets-reconcile"), t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/facets-reconcile")
	build.Dir = "../.."
	said, err := build.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(said))
	g.Expect(world.Make(t.Context(), program, dir)).To(Succeed())
	made, err := sandbox.Open(world.Options(dir))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(made.Deprecate("@demo/linux-x64", "1.1.0", hostileText)).To(Succeed())
	code, err := world.Drift(t.Context(), program, dir, "", io.Discard, "--report", "html=drift.html", "--report", "json=drift.json")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(code).To(Equal(2))
	return filepath.Join(dir, "drift.html"), filepath.Join(dir, "drift.json")
}

func TestReport(t *testing.T) {
	html, document := report(t)
	t.Run("is of a world with one of each finding", func(t *testing.T) { hasEachFinding(t, document) })

	program, err := chromium.Find()
	if err != nil {
		t.Skip(err)
	}
	browser, err := chromium.Start(t.Context(), program)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	defer func() { NewWithT(t).Expect(browser.Close()).To(Succeed()) }() // in a Cleanup the context would have ended it
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(html)}
	r := shown{browser, file.String()}
	for _, view := range []chromium.View{
		{Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}, {Width: 390, Height: 844}, {Width: 390, Height: 844, Dark: true},
	} {
		t.Run(fmt.Sprintf("can be read at %d pixels, dark: %v", view.Width, view.Dark), func(t *testing.T) { r.canBeRead(t, view) })
	}
	t.Run("is told to a screen reader, at a desk", func(t *testing.T) { r.isToldToScreenReader(t, 1280) })
	t.Run("is told to a screen reader, on a phone, where its tables are no tables to the eye",
		func(t *testing.T) { r.isToldToScreenReader(t, 390) })
	t.Run("shows what others wrote as text, and runs none of it", r.runsNoText)
	t.Run("is worked by the keyboard", r.isWorkedByKeyboard)
}

func hasEachFinding(t *testing.T, document string) {
	g := NewWithT(t)
	text, err := os.ReadFile(document)
	g.Expect(err).NotTo(HaveOccurred())
	var d struct {
		Findings []struct{ Type string }
		Groups   []struct {
			Packages []struct {
				Name       string
				Conditions []struct{ Type, Status, Reason string }
			}
		}
	}
	g.Expect(json.Unmarshal(text, &d)).To(Succeed())
	kinds, conditions := map[string]bool{}, map[string]string{}
	for _, f := range d.Findings {
		kinds[f.Type] = true
	}
	g.Expect(kinds).To(HaveLen(8))
	for _, kind := range []string{
		"Torn", "Conflict", "PlaceholderLatest", "Deprecated", "PinWithoutTag", "TagWithoutRelease", "Undeclared", "Unproven",
	} {
		g.Expect(kinds).To(HaveKey(kind))
	}
	for _, group := range d.Groups {
		for _, p := range group.Packages {
			for _, c := range p.Conditions {
				conditions[p.Name+" "+c.Type] = c.Status + " " + c.Reason
			}
		}
	}
	g.Expect(conditions).To(HaveKeyWithValue("@demo/sdk Seeded", "False Missing"))
	g.Expect(conditions).To(HaveKeyWithValue("@demo/windows-x64 Trusted", "False NotConfigured"))
	g.Expect(conditions).To(HaveKeyWithValue("demo Trusted", "False ClaimsDiffer"))
	g.Expect(conditions).To(HaveKeyWithValue("@demo/darwin-arm64 Tagged", "False Behind"))
}

// shown is the report in a browser.
type shown struct {
	browser *chromium.Browser
	address string
}

func (r shown) open(t *testing.T, view chromium.View) *chromium.Page {
	t.Helper()
	page, err := r.browser.Open(r.address, view)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return page
}

func evaluate(t *testing.T, page *chromium.Page, script string, into any) {
	t.Helper()
	NewWithT(t).Expect(page.Evaluate(script, into)).To(Succeed())
}

func unfold(t *testing.T, page *chromium.Page) {
	t.Helper()
	evaluate(t, page, `document.querySelectorAll("details").forEach(d => { d.removeAttribute("name"); d.open = true })`, nil)
}

func (r shown) canBeRead(t *testing.T, view chromium.View) {
	g := NewWithT(t)
	page := r.open(t, view)
	for _, folded := range []bool{true, false} {
		if !folded {
			unfold(t, page)
		}
		var seen sight
		evaluate(t, page, sightScript, &seen)
		g.Expect(seen.Texts).To(BeNumerically(">", 150))
		g.Expect(seen.Dark).To(Equal(view.Dark), "the scheme")
		g.Expect(seen.Faint).To(BeEmpty(), "contrasts below 4.5, folded: %v", folded)
		g.Expect(seen.ScrollWidth).To(BeNumerically("<=", view.Width), "it scrolls sideways, folded: %v", folded)
		g.Expect(seen.Outside).To(BeEmpty(), "elements that stand out of the window, folded: %v", folded)
	}
	g.Expect(page.Requests()).To(Equal([]string{r.address}), "it loads nothing but itself")
}

func (r shown) isToldToScreenReader(t *testing.T, width int64) {
	g := NewWithT(t)
	page := r.open(t, chromium.View{Width: width, Height: 900})
	unfold(t, page)
	tree, err := page.Tree()
	g.Expect(err).NotTo(HaveOccurred())
	with := func(role string) []chromium.Node {
		return slices.DeleteFunc(slices.Clone(tree), func(n chromium.Node) bool { return n.Role != role })
	}

	g.Expect(tree[0].Role).To(Equal("RootWebArea"))
	g.Expect(tree[0].Name).To(Equal("1 torn release · Drift of example/demo"))
	for _, landmark := range []string{"banner", "main", "contentinfo"} {
		g.Expect(with(landmark)).To(HaveLen(1), landmark)
	}
	var language string
	evaluate(t, page, `document.documentElement.lang`, &language)
	g.Expect(language).To(Equal("en"))

	level := 0
	for _, heading := range with("heading") {
		g.Expect(heading.Level).To(BeNumerically("<=", level+1), "a level is left out before %q", heading.Name)
		g.Expect(heading.Name).To(MatchRegexp("[a-z]"))
		level = heading.Level
	}
	headings := with("heading")
	g.Expect(headings[0]).To(And(HaveField("Level", 1), HaveField("Name", "1 torn release")))
	g.Expect(slices.DeleteFunc(slices.Clone(headings), func(n chromium.Node) bool { return n.Level != 1 })).To(HaveLen(1))
	g.Expect(headings[1].Name).To(Equal("Torn releases"), "the loudest first")

	tables := with("table")
	g.Expect(tables).To(HaveLen(3))
	for _, table := range tables {
		g.Expect(table.Name).To(MatchRegexp(`^Packages of \w+ by condition$`))
	}
	for _, header := range with("columnheader") {
		g.Expect(header.Name).To(MatchRegexp("^[A-Z][a-z]+$"))
	}
	g.Expect(with("columnheader")).To(HaveLen(8 + 8 + 7))
	g.Expect(with("rowheader")).To(HaveLen(6 + 3 + 4))
	var cells []string
	for _, cell := range with("cell") {
		g.Expect(cell.Name).To(Or(BeEmpty(), MatchRegexp(`[a-z0-9]`)), "a cell is told by a sign alone")
		cells = append(cells, cell.Name)
	}
	g.Expect(cells).To(HaveLen(6*7+3*7+4*6), "a row has as many cells as its table has columns")
	g.Expect(cells).To(ContainElements("to do: ClaimsDiffer", "to do: Behind", "to do: Missing", "yes"))
	for _, n := range tree {
		g.Expect(n.Name).NotTo(MatchRegexp(`[✓✗○▸▾]`), "signs are read out as what they look like")
	}
}

func (r shown) runsNoText(t *testing.T) {
	g := NewWithT(t)
	page := r.open(t, chromium.View{Width: 1280, Height: 900})
	var found struct {
		Title, Text    string
		Foreign, Owned bool
	}
	evaluate(t, page, `(() => {
		const script = document.createElement("script")
		script.textContent = "window.owned = true"
		document.body.append(script)
		script.remove()
		return {
			title: document.title, text: document.body.innerText, owned: !!window.owned,
			foreign: !!document.querySelector("script, img, link, iframe, object, form, [onerror], [onclick]"),
		}
	})()`, &found)
	g.Expect(found.Text).To(ContainSubstring(hostileText))
	g.Expect(found.Foreign).To(BeFalse())
	g.Expect(found.Title).To(Equal("1 torn release · Drift of example/demo"))
	g.Expect(found.Owned).To(BeFalse(), "its policy lets no script run, were there one")
}

func (r shown) isWorkedByKeyboard(t *testing.T) {
	g := NewWithT(t)
	page := r.open(t, chromium.View{Width: 1280, Height: 900})
	var reached []string
	evaluate(t, page, `[...document.querySelectorAll("summary, a[href], [tabindex]")].map(e => {
		e.focus()
		const style = getComputedStyle(e)
		return document.activeElement === e && style.outlineStyle !== "none" ? "" : e.outerHTML
	}).filter(Boolean)`, &reached)
	g.Expect(reached).To(BeEmpty(), "what takes no focus, or does not show it")
}
