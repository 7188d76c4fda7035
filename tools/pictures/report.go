package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/tools/pictures/chromium"
	"github.com/agent-facets/facets-reconcile/tools/pictures/world"
)

// address is where the pictures' registry is: the one of `facets-reconcile sandbox`, so that no picture shows a chance port.
const address = "127.0.0.1:4873"

// shot is a picture of the report on a world.
type shot struct {
	file string
	make func(ctx context.Context, program, dir string) error
	view chromium.View
	end  string // a selector: the picture ends where the first such element does
}

func shots() []shot {
	return []shot{
		{"report.png", world.MakeTorn, chromium.View{Width: 1280, Height: 900}, ".group"},
		{"report-dark.png", world.MakeTorn, chromium.View{Width: 1280, Height: 900, Dark: true}, ".group"},
		{"report-phone.png", world.MakeTorn, chromium.View{Width: 390, Height: 844}, ".group"},
		{"findings.png", world.Make, chromium.View{Width: 1280, Height: 900}, "footer"},
		{"findings-phone.png", world.Make, chromium.View{Width: 390, Height: 844, Dark: true}, "footer"},
	}
}

// report makes the pictures of the report.
func (p pictures) report(ctx context.Context) (err error) {
	program, err := chromium.Find()
	if err != nil {
		return err
	}
	browser, err := chromium.Start(ctx, program)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, browser.Close()) }()
	for _, one := range shots() {
		dir := filepath.Join(p.work, one.file)
		if err := one.make(ctx, p.program, dir); err != nil {
			return err
		}
		if _, err := world.Drift(ctx, p.program, dir, address, io.Discard, "--report", "html=report.html"); err != nil {
			return err
		}
		file := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, "report.html"))}
		page, err := browser.Open(file.String(), one.view) //nolint:contextcheck // the browser holds one that ends with ctx
		if err != nil {
			return err
		}
		picture, err := shoot(page, one.end)
		if err != nil {
			return fmt.Errorf("%s: %w", one.file, err)
		}
		if err := p.write(one.file, picture); err != nil {
			return err
		}
	}
	return nil
}

// shoot takes the page down to the end of an element.
func shoot(page *chromium.Page, end string) ([]byte, error) {
	var bottom float64
	if err := page.Evaluate(fmt.Sprintf(`document.querySelector(%q).getBoundingClientRect().bottom + 32`, end), &bottom); err != nil {
		return nil, err
	}
	taken, err := page.Screenshot(bottom)
	if err != nil {
		return nil, err
	}
	decoded, err := png.Decode(bytes.NewReader(taken))
	if err != nil {
		return nil, err
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, fewer(decoded)); err != nil {
		return nil, err
	}
	return small.Bytes(), nil
}
