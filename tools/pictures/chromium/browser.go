// Package chromium looks at a page with a real Chromium, without a window: what it shows, what it tells a screen reader,
// and what it asked the network for. chromedp starts the browser and speaks to it; whoever uses this room need not know
// chromedp. The pictures and the tests of the report call it; start reading at Start.
package chromium

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// Find returns the browser's program, or an error that names what was looked for on PATH.
func Find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errors.New("no Chromium here: put chromium, chromium-browser or google-chrome on PATH")
}

// Browser is a browser that runs.
type Browser struct {
	ctx context.Context // chromedp's: it holds the connection to the browser
	end context.CancelFunc
}

// Start starts a browser with a profile of its own, which goes when it is closed. It is killed when the context ends.
func Start(ctx context.Context, program string) (*Browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("remote-debugging-pipe", true)) // no port is opened, and the browser ends with the pipe
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	ctx, _ = chromedp.NewContext(ctx) // it ends with the allocator's
	if err := chromedp.Do(ctx); err != nil {
		end()
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	return &Browser{ctx: ctx, end: end}, nil
}

// Close ends the browser with all its processes, and removes its profile.
func (b *Browser) Close() error {
	err := chromedp.Cancel(b.ctx)
	b.end()
	return err
}
