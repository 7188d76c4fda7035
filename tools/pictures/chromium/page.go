package chromium

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// View is how a page is looked at.
type View struct {
	Width, Height int64 // of the window, in CSS pixels
	Dark          bool
}

// Page is an opened page.
type Page struct {
	ctx context.Context // chromedp's: it names the tab

	mutex    sync.Mutex // of what follows: chromedp tells of requests from a goroutine of its own
	requests []string
}

// Open opens an address, and returns when it has been loaded.
func (b *Browser) Open(address string, view View) (*Page, error) {
	ctx, _ := chromedp.NewContext(b.ctx) // it ends with the browser's
	p := &Page{ctx: ctx}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		return nil, fmt.Errorf("opening a tab: %w", err)
	}
	if err := chromedp.Do(ctx, chromedp.Func(view.set), chromedp.Navigate(address)); err != nil {
		return nil, fmt.Errorf("opening %s: %w", address, err)
	}
	return p, nil
}

func (v View) set(ctx context.Context, t *chromedp.Target) error {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
	if err != nil {
		return err
	}
	_, err = cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: v.Width, Height: v.Height, DeviceScaleFactor: 1, Mobile: v.Width < 600,
	})
	if err != nil {
		return err
	}
	_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	return err
}

func (p *Page) hear(event any) {
	if sent, ok := event.(*network.EventRequestWillBeSent); ok {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.requests = append(p.requests, sent.Request.URL)
	}
}

// Requests are the addresses that the page has asked for so far, its own included.
func (p *Page) Requests() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.requests)
}

// Evaluate runs an expression of JavaScript in the page, whatever the page's own policy says of scripts, and stores its
// value in into, which may be nil.
func (p *Page) Evaluate(expression string, into any) error {
	if into == nil {
		return chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](expression))
	}
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]byte](expression))
	if err != nil {
		return fmt.Errorf("the page's script: %w", err)
	}
	return json.Unmarshal(value, into)
}

// Screenshot takes the page from its top down to a height in CSS pixels, as PNG.
func (p *Page) Screenshot(height float64) ([]byte, error) {
	return chromedp.Run(p.ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		size, err := cdp.Call(ctx, t, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return nil, err
		}
		beyond, whole := true, size.CSSContentSize
		taken, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &beyond,
			Clip:                  &page.Viewport{Width: whole.Width, Height: min(whole.Height, height), Scale: 1},
		})
		if err != nil {
			return nil, err
		}
		return taken.Data, nil
	})
}

// Node is what a screen reader is told of one thing on a page.
type Node struct {
	Role  string // "heading", "main", "table", …
	Name  string // what is read out
	Level int    // of a heading
}

// Tree lists what a screen reader finds, in the order of reading. What is hidden from it is left out.
func (p *Page) Tree() ([]Node, error) {
	tree, err := chromedp.Run(p.ctx, func(ctx context.Context, t *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	})
	if err != nil || len(tree.Nodes) == 0 {
		return nil, err
	}
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		byID[n.NodeID] = n
	}
	var list []Node
	var visit func(*accessibility.Node)
	visit = func(n *accessibility.Node) {
		if n == nil {
			return
		}
		if !n.Ignored {
			list = append(list, node(n))
		}
		for _, child := range n.ChildIDs {
			visit(byID[child])
		}
	}
	visit(tree.Nodes[0])
	return list, nil
}

func node(n *accessibility.Node) Node {
	is := Node{Role: text(n.Role), Name: text(n.Name)}
	for _, property := range n.Properties {
		if property.Name == accessibility.PropertyNameLevel {
			_ = json.Unmarshal(property.Value.Value, &is.Level) // what is no number is no level
		}
	}
	return is
}

func text(v *accessibility.Value) (s string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &s) // what is no text says nothing
	}
	return strings.TrimSpace(s)
}
