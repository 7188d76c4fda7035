package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// APIVersion is the version of every document, and of the state file.
const APIVersion = "reconcile.agentfacets.io/v1alpha1"

// Kind tells which command wrote a document.
type Kind string

// The kinds.
const (
	Plan   Kind = "Plan"
	Drift  Kind = "Drift"
	Result Kind = "Result"
)

// Document is a plan or result with what is needed to read it elsewhere.
type Document struct {
	APIVersion   string               `json:"apiVersion"`
	Kind         Kind                 `json:"kind"`
	Registry     string               `json:"registry"` // base URL
	Source       string               `json:"source"`   // owner/repo on GitHub, or empty
	ExitCode     int                  `json:"exitCode"`
	Groups       []reconcile.Group    `json:"groups"`
	Findings     []reconcile.Finding  `json:"findings"`
	Accepted     []reconcile.Accepted `json:"accepted"`     // findings that the state file accepts
	PublishedNow []string             `json:"publishedNow"` // "name@version"
	StagedNow    []string             `json:"stagedNow,omitempty"`
	Windows      []reconcile.Window   `json:"windows,omitempty"`
	Summary      reconcile.Summary    `json:"summary"`

	// Interrupted: the run was ended from outside. What it did after it last read the registry has conditions with ReasonInterrupted.
	Interrupted bool `json:"-"`

	Guide     Guide     `json:"-"`
	StateFile StateFile `json:"-"`
}

// Guide is what the next steps need besides the plan.
type Guide struct {
	Flags             string                 // flags that have to be repeated: " --registry https://registry.example.test/"
	Staged            string                 // a further flag where the command publishes: " --staged"; empty where the state file decides
	DistTag           string                 // a further flag where it publishes or approves: " --dist-tag next"
	Login             string                 // flags of npm login: " --registry …"; empty where npm is configured for the registry
	TrustedPublishers spec.TrustedPublishers // the values to enter
	AccessPage        func(spec.Name) string // where a human enters them; nil: the registry has no such page
	Seeding           bool                   // only names were asked for
	Sandbox           bool                   // the reader has all credentials
	OTP               bool                   // a one-time password was given, and was no help
}

// packages returns those of all groups.
func (d Document) packages() []reconcile.Package { return reconcile.Plan{Groups: d.Groups}.Packages() }

// changes returns those of all packages.
func (d Document) changes() []reconcile.Change {
	var all []reconcile.Change
	for _, p := range d.packages() {
		all = append(all, p.Changes...)
	}
	return all
}

// NewPlan returns the document of a plan.
func NewPlan(p reconcile.Plan, registry, source string, exitCode int, g Guide) Document {
	return Document{
		APIVersion: APIVersion, Kind: Plan, Registry: registry, Source: source, ExitCode: exitCode,
		Groups: notNull(p.Groups), Findings: notNull(p.Findings), Accepted: notNull(p.Accepted), PublishedNow: []string{},
		Summary: p.Summary, Guide: g,
	}
}

// NewResult returns the document of a result.
func NewResult(r reconcile.Result, registry, source string, exitCode int, g Guide) Document {
	d := NewPlan(r.Plan, registry, source, exitCode, g)
	d.Kind, d.Interrupted, d.PublishedNow = Result, r.Interrupted, notNull(r.PublishedNow)
	d.StagedNow, d.Windows = r.StagedNow, r.Windows
	return d
}

// notNull returns the list so that JSON has an empty one, and never null.
func notNull[T any](list []T) []T { return append([]T{}, list...) }

// Format is a form of output.
type Format string

// The formats.
const (
	Table    Format = "table"
	JSON     Format = "json"
	YAML     Format = "yaml"
	Markdown Format = "markdown"
)

// ParseFormat checks the name of a format.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case Table, JSON, YAML, Markdown:
		return f, nil
	}
	return "", fmt.Errorf("unknown output format %q: choose table, json, yaml or markdown", s)
}

// Write writes the document to w. Colour is for terminals.
func (d Document) Write(w io.Writer, f Format, colour bool) error {
	return write(w, f, colours(colour), d)
}

// forPeople is a document that has forms for people.
type forPeople interface {
	table(*strings.Builder, colours)
	markdown(*strings.Builder)
}

func write(w io.Writer, f Format, c colours, d forPeople) error {
	var b strings.Builder
	switch f {
	case JSON, YAML:
		return encode(w, f, d)
	case Markdown:
		c = false
		d.markdown(&b)
	default:
		d.table(&b, c)
	}
	_, err := io.WriteString(w, c.shown(b.String()))
	return err
}

// escaped escapes what JSON allows and a terminal may obey: control characters, and marks that turn the direction of writing. YAML has no
// escapes for those beyond U+FFFF, so they stay.
func escaped(s string, f Format) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || unicode.IsPrint(r) || r > 0xffff && f == YAML {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
