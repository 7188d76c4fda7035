package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/pictures/terminal"
	"github.com/agent-facets/facets-reconcile/tools/pictures/world"
)

// apply records the first rehearsal of a project of which nothing exists yet.
func (p pictures) apply(ctx context.Context) error {
	dir := filepath.Join(p.work, "demo")
	if err := world.Begin(dir); err != nil {
		return err
	}
	session := terminal.Session{
		Columns: 100, Rows: 32, Dir: dir, Command: "facets-reconcile apply --sandbox --yes",
		Env: p.env(),
	}
	return p.record(ctx, session, "apply.svg", "A recording of a terminal: eight packages are seeded, trusted and published, the platforms "+
		"first; once they are served the package that needs them follows, and a table says that all is as it should be.")
}

// approve records how a human approves a release that a pipeline has staged.
func (p pictures) approve(ctx context.Context) error {
	dir := filepath.Join(p.work, "staged")
	if err := world.Begin(dir); err != nil {
		return err
	}
	const staged = "facets-reconcile apply --sandbox --yes --staged --group cli; test $? = 3" // what is left is a human's
	if _, err := p.shell(ctx, dir, staged); err != nil {
		return err
	}
	session := terminal.Session{
		Columns: 166, Rows: 36, Dir: dir, Command: "facets-reconcile apply --sandbox --only approve --group cli",
		Env: p.env(), Question: "[y/N]", Answer: "y",
	}
	return p.record(ctx, session, "approve.svg", "A recording of a terminal: what was staged is shown as a whole, with sizes, shasums and "+
		"who staged it; after one yes the platforms are approved, and once they are served the package that needs them.")
}

// record makes the picture of a session.
func (p pictures) record(ctx context.Context, session terminal.Session, name, description string) error {
	frames, err := session.Record(ctx)
	if err != nil {
		return err
	}
	port := regexp.MustCompile(`127\.0\.0\.1:\d{5}`)
	for i := range frames { // chance, and no matter
		frames[i].Text = port.ReplaceAllString(frames[i].Text, "127.0.0.1:40000")
	}
	var svg bytes.Buffer
	err = terminal.SVG(&svg, session.Columns, session.Rows, 8*time.Second, frames,
		terminal.Caption{Title: session.Command, Description: description})
	if err != nil {
		return err
	}
	return p.write(name, svg.Bytes())
}
