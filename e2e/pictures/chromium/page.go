package chromium

import (
	"encoding/json"
	"errors"
	"fmt"
)

// View is how a page is looked at.
type View struct {
	Width, Height int // of the window, in CSS pixels
	Dark          bool
}

// Page is an opened page.
type Page struct {
	browser  *Browser
	session  string
	loaded   bool
	requests []string
}

// Open opens an address, and returns when it has been loaded.
func (b *Browser) Open(address string, view View) (*Page, error) {
	var target struct{ TargetID string }
	if err := b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var session struct{ SessionID string }
	err := b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	if err != nil {
		return nil, err
	}
	p := &Page{browser: b, session: session.SessionID}
	b.pages[p.session] = p
	scheme := "light"
	if view.Dark {
		scheme = "dark"
	}
	for _, set := range []struct {
		method string
		params map[string]any
	}{
		{"Page.enable", nil},
		{"Network.enable", nil},
		{"Emulation.setDeviceMetricsOverride", map[string]any{
			"width": view.Width, "height": view.Height, "deviceScaleFactor": 1, "mobile": view.Width < 600,
		}},
		{"Emulation.setEmulatedMedia", map[string]any{
			"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}},
		}},
	} {
		if err := p.call(set.method, set.params, nil); err != nil {
			return nil, err
		}
	}
	var went struct{ ErrorText string }
	if err := p.call("Page.navigate", map[string]any{"url": address}, &went); err != nil {
		return nil, err
	}
	if went.ErrorText != "" {
		return nil, fmt.Errorf("opening %s: %s", address, went.ErrorText)
	}
	if !p.loaded {
		if _, err := b.until(func(message) bool { return p.loaded }); err != nil {
			return nil, b.failed("waiting for "+address, err)
		}
	}
	return p, nil
}

func (p *Page) call(method string, params map[string]any, result any) error {
	return p.browser.call(p.session, method, params, result)
}

func (p *Page) hear(m message) {
	switch m.Method {
	case "Page.loadEventFired":
		p.loaded = true
	case "Network.requestWillBeSent":
		var sent struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &sent) == nil {
			p.requests = append(p.requests, sent.Request.URL)
		}
	}
}

// Requests are the addresses that the page has asked for so far, its own included.
func (p *Page) Requests() []string { return p.requests }

// Evaluate runs an expression of JavaScript in the page, whatever the page's own policy says of scripts, and stores its
// value in into, which may be nil.
func (p *Page) Evaluate(expression string, into any) error {
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := p.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if err != nil {
		return err
	}
	if thrown := answer.ExceptionDetails; thrown != nil {
		return fmt.Errorf("the page's script: %s %s", thrown.Text, thrown.Exception.Description)
	}
	if into == nil {
		return nil
	}
	if len(answer.Result.Value) == 0 {
		return errors.New("the page's script returned nothing")
	}
	return json.Unmarshal(answer.Result.Value, into)
}

// Screenshot is the whole page as a PNG, down to height pixels; 0 means all of it.
func (p *Page) Screenshot(height int) ([]byte, error) {
	var size struct {
		CSSContentSize struct{ Width, Height float64 }
	}
	if err := p.call("Page.getLayoutMetrics", nil, &size); err != nil {
		return nil, err
	}
	clip := map[string]any{"x": 0, "y": 0, "scale": 1, "width": size.CSSContentSize.Width, "height": size.CSSContentSize.Height}
	if height > 0 && float64(height) < size.CSSContentSize.Height {
		clip["height"] = height
	}
	var shot struct{ Data []byte }
	err := p.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true, "clip": clip}, &shot)
	return shot.Data, err
}
