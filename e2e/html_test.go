package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/pictures/chromium"
	"github.com/agent-facets/facets-reconcile/e2e/pictures/world"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// hostileText is what somebody else's package may say of itself.
const hostileText = `</code><script>document.title = "owned"</script><img src="https://registry.example.test/x.png" onerror="alert(1)">'"&{{.}}`

var _ = Describe("the report in a browser", Ordered, func() {
	var (
		browser *chromium.Browser
		address string
		d       document
	)

	BeforeAll(func(ctx context.Context) {
		program, err := chromium.Find()
		if err != nil {
			Skip(err.Error())
		}
		p := newPlace()
		Expect(world.Make(ctx, binary, p.dir)).To(Succeed())
		ci := newPipelineWith(p, func(o *sandbox.Options) { *o = world.Options(p.dir) })
		Expect(ci.world.Deprecate("@demo/linux-x64", "1.1.0", hostileText)).To(Succeed())
		d = ci.human().run("drift", "-o", "json", "--report", "html=drift.html").ends(2).document()
		file := url.URL{Scheme: "file", Path: filepath.ToSlash(p.path("drift.html"))}
		address = file.String()

		lifetime, end := context.WithCancel(context.Background()) // the node's own ends with it
		browser, err = chromium.Start(lifetime, program)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() {
			end()
			Expect(browser.Close()).To(Succeed())
		})
	})

	open := func(view chromium.View) *chromium.Page {
		GinkgoHelper()
		page, err := browser.Open(address, view)
		Expect(err).NotTo(HaveOccurred())
		return page
	}
	evaluate := func(page *chromium.Page, script string, into any) {
		GinkgoHelper()
		Expect(page.Evaluate(script, into)).To(Succeed())
	}
	unfold := func(page *chromium.Page) {
		GinkgoHelper()
		evaluate(page, `document.querySelectorAll("details").forEach(d => { d.removeAttribute("name"); d.open = true })`, nil)
	}

	It("is of a world with one of each finding", func() {
		kinds := map[string]bool{}
		for _, f := range d.Findings {
			kinds[f.Type] = true
		}
		Expect(kinds).To(HaveLen(8))
		for _, kind := range []string{
			"Torn", "Conflict", "PlaceholderLatest", "Deprecated", "PinWithoutTag", "TagWithoutRelease", "Undeclared", "Unproven",
		} {
			Expect(kinds).To(HaveKey(kind))
		}
		Expect(d.pkg("@demo/sdk").is("Seeded")).To(Equal("False Missing"))
		Expect(d.pkg("@demo/windows-x64").is("Trusted")).To(Equal("False NotConfigured"))
		Expect(d.pkg("demo").is("Trusted")).To(Equal("False ClaimsDiffer"))
		Expect(d.pkg("@demo/darwin-arm64").is("Tagged")).To(Equal("False Behind"))
	})

	for _, view := range []chromium.View{
		{Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}, {Width: 390, Height: 844}, {Width: 390, Height: 844, Dark: true},
	} {
		It(fmt.Sprintf("can be read at %d pixels, dark: %v", view.Width, view.Dark), func() {
			page := open(view)
			for _, folded := range []bool{true, false} {
				if !folded {
					unfold(page)
				}
				var seen sight
				evaluate(page, sightScript, &seen)
				Expect(seen.Texts).To(BeNumerically(">", 150))
				Expect(seen.Dark).To(Equal(view.Dark), "the scheme")
				Expect(seen.Faint).To(BeEmpty(), "contrasts below 4.5, folded: %v", folded)
				Expect(seen.ScrollWidth).To(BeNumerically("<=", view.Width), "it scrolls sideways, folded: %v", folded)
				Expect(seen.Outside).To(BeEmpty(), "elements that stand out of the window, folded: %v", folded)
			}
			Expect(page.Requests()).To(Equal([]string{address}), "it loads nothing but itself")
		})
	}

	DescribeTable("is told to a screen reader", func(width int) {
		page := open(chromium.View{Width: width, Height: 900})
		unfold(page)
		tree, err := page.Tree()
		Expect(err).NotTo(HaveOccurred())
		with := func(role string) []chromium.Node {
			return slices.DeleteFunc(slices.Clone(tree), func(n chromium.Node) bool { return n.Role != role })
		}

		Expect(tree[0].Role).To(Equal("RootWebArea"))
		Expect(tree[0].Name).To(Equal("1 torn release · Drift of example/demo"))
		for _, landmark := range []string{"banner", "main", "contentinfo"} {
			Expect(with(landmark)).To(HaveLen(1), landmark)
		}
		var language string
		evaluate(page, `document.documentElement.lang`, &language)
		Expect(language).To(Equal("en"))

		level := 0
		for _, heading := range with("heading") {
			Expect(heading.Level).To(BeNumerically("<=", level+1), "a level is left out before %q", heading.Name)
			Expect(heading.Name).To(MatchRegexp("[a-z]"))
			level = heading.Level
		}
		headings := with("heading")
		Expect(headings[0]).To(And(HaveField("Level", 1), HaveField("Name", "1 torn release")))
		Expect(slices.DeleteFunc(slices.Clone(headings), func(n chromium.Node) bool { return n.Level != 1 })).To(HaveLen(1))
		Expect(headings[1].Name).To(Equal("Torn releases"), "the loudest first")

		tables := with("table")
		Expect(tables).To(HaveLen(3))
		for _, table := range tables {
			Expect(table.Name).To(MatchRegexp(`^Packages of \w+ by condition$`))
		}
		for _, header := range with("columnheader") {
			Expect(header.Name).To(MatchRegexp("^[A-Z][a-z]+$"))
		}
		Expect(with("columnheader")).To(HaveLen(8 + 8 + 7))
		Expect(with("rowheader")).To(HaveLen(6 + 3 + 4))
		var cells []string
		for _, cell := range with("cell") {
			Expect(cell.Name).To(Or(BeEmpty(), MatchRegexp(`[a-z0-9]`)), "a cell is told by a sign alone")
			cells = append(cells, cell.Name)
		}
		Expect(cells).To(HaveLen(6*7+3*7+4*6), "a row has as many cells as its table has columns")
		Expect(cells).To(ContainElements("to do: ClaimsDiffer", "to do: Behind", "to do: Missing", "yes"))
		for _, n := range tree {
			Expect(n.Name).NotTo(MatchRegexp(`[✓✗○▸▾]`), "signs are read out as what they look like")
		}
	},
		Entry("at a desk", 1280),
		Entry("on a phone, where its tables are no tables to the eye", 390),
	)

	It("shows what others wrote as text, and runs none of it", func() {
		page := open(chromium.View{Width: 1280, Height: 900})
		var found struct {
			Title, Text    string
			Foreign, Owned bool
		}
		evaluate(page, `(() => {
			const script = document.createElement("script")
			script.textContent = "window.owned = true"
			document.body.append(script)
			script.remove()
			return {
				title: document.title, text: document.body.innerText, owned: !!window.owned,
				foreign: !!document.querySelector("script, img, link, iframe, object, form, [onerror], [onclick]"),
			}
		})()`, &found)
		Expect(found.Text).To(ContainSubstring(hostileText))
		Expect(found.Foreign).To(BeFalse())
		Expect(found.Title).To(Equal("1 torn release · Drift of example/demo"))
		Expect(found.Owned).To(BeFalse(), "its policy lets no script run, were there one")
	})

	It("is worked by the keyboard", func() {
		page := open(chromium.View{Width: 1280, Height: 900})
		var reached []string
		evaluate(page, `[...document.querySelectorAll("summary, a[href], [tabindex]")].map(e => {
			e.focus()
			const style = getComputedStyle(e)
			return document.activeElement === e && style.outlineStyle !== "none" ? "" : e.outerHTML
		}).filter(Boolean)`, &reached)
		Expect(reached).To(BeEmpty(), "what takes no focus, or does not show it")
	})
})
