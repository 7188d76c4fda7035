package main_test

// sight is what an eye finds on a page.
type sight struct {
	Texts       int  // pieces of text that are shown
	Dark        bool // the page's ground
	Faint       []string
	Outside     []string
	ScrollWidth int
}

// sightScript computes it from the styles that hold: every text that is shown, the colour that it has, and that of what it
// stands on, by WCAG's formula for contrast (2.2, "relative luminance").
const sightScript = `(() => {
	const parse = colour => (colour.match(/[\d.]+/g) || []).map(Number)
	const luminance = ([r, g, b]) => {
		const [x, y, z] = [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		return .2126 * x + .7152 * y + .0722 * z
	}
	const ground = element => {
		for (let e = element; e; e = e.parentElement) {
			const colour = parse(getComputedStyle(e).backgroundColor)
			if (colour.length === 3 || colour[3] === 1) return colour
		}
		return [255, 255, 255]
	}
	const found = { texts: 0, faint: [], outside: [], dark: luminance(ground(document.body)) < .2,
		scrollWidth: document.scrollingElement.scrollWidth }
	const scrolls = element => element && (["auto", "scroll"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
	const unseen = element => element && (getComputedStyle(element).clipPath !== "none" || unseen(element.parentElement))
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim()
		if (!text || !element.checkVisibility() || unseen(element)) continue
		found.texts++
		const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))].sort((x, y) => y - x)
		const contrast = (a + .05) / (b + .05)
		if (!(contrast >= 4.5)) found.faint.push(contrast.toFixed(2) + " " + text)
		const box = element.getBoundingClientRect()
		if (!scrolls(element) && (box.right > innerWidth + .5 || box.left < -.5)) found.outside.push(text)
	}
	return found
})()`
