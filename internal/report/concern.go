package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// StateFile is the state file of a document, for reports that point into it.
type StateFile struct {
	Path  string                                                   // from the root of the repository, with forward slashes
	Where func(name spec.Name, field string) (at desired.Position) // nil: nothing is known but the file
}

// The urgencies of a concern, in GitHub's words.
const (
	urgentError   = "error"
	urgentWarning = "warning"
	urgentNotice  = "notice"
)

// concern is something that is not as it should be, with its place in the state file.
type concern struct {
	urgency string
	kind    string    // "Torn", "publish", "publish failed"
	about   spec.Name // "": of nothing in particular
	version spec.Version
	text    string
	same    string // what is said of all packages of which the same is said
	at      desired.Position
}

// concerns returns the findings, the changes that failed, and the changes that are still to be made. The latter are notices, except in a
// nightly check, which is about them. What was not asked for is left out.
func (d Document) concerns() []concern {
	var all []concern
	for _, f := range d.Findings {
		if f.Aside() {
			continue
		}
		c := concern{urgency: urgentWarning, kind: string(f.Type), about: f.Package, version: f.Version, at: d.where(f.Package, fieldOf(f))}
		if f.Severity == reconcile.Error {
			c.urgency = urgentError
		}
		c.text = words.Plain(f.Message)
		c.same = itself(f.Message, reconcile.Package{Name: f.Package, Version: f.Version})
		if f.Next != "" {
			next := "\nNext: " + words.Plain(f.Next)
			c.text, c.same = c.text+next, c.same+next
		}
		all = append(all, c)
	}
	for _, p := range d.packages() {
		for _, change := range p.Changes {
			if change.Outcome == reconcile.Done || !p.InScope() {
				continue
			}
			same := change.Reason // of what is only to be made it tells enough
			if change.Outcome != "" {
				same = itself(change.Message, p)
			}
			all = append(all, concern{
				urgency: d.urgency(change), kind: string(change.Action) + outcome(change), about: p.Name, version: p.Version,
				text: words.Plain(change.Message), same: same, at: d.where(p.Name, ""),
			})
		}
	}
	order := []string{urgentError, urgentWarning, urgentNotice}
	slices.SortStableFunc(all, func(a, b concern) int { return slices.Index(order, a.urgency) - slices.Index(order, b.urgency) })
	return all
}

// itself returns a message without the package's name, even at its beginning or end.
func itself(message string, p reconcile.Package) string {
	return words.Plain(strings.TrimSpace(impersonal(" "+message+" ", p)))
}

func (d Document) urgency(c reconcile.Change) string {
	switch {
	case c.Outcome == reconcile.Failed:
		return urgentError
	case c.Outcome != "", d.Kind == Drift:
		return urgentWarning
	}
	return urgentNotice
}

// fieldOf returns the field of the state file that the finding is about; "" where it is the package.
func fieldOf(f reconcile.Finding) string {
	switch f.Type {
	case reconcile.PinWithoutTag, reconcile.PinBelow:
		return "version"
	case reconcile.AccessDiffers:
		return "access"
	case reconcile.ArtifactRefused, reconcile.ArtifactWarning:
		return "artifact"
	}
	return ""
}

// where returns a place in the state file: its beginning where nothing better is known.
func (d Document) where(name spec.Name, field string) desired.Position {
	var at desired.Position
	if d.StateFile.Where != nil {
		at = d.StateFile.Where(name, field)
	}
	return desired.Position{Line: max(at.Line, 1), Column: max(at.Column, 1)}
}

// subject returns what the concern is about, as "name@version".
func (c concern) subject() string {
	if c.version == "" {
		return string(c.about)
	}
	return fmt.Sprintf("%s@%s", cmp.Or(c.about, "?"), c.version)
}
