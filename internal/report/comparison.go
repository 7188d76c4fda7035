package report

import (
	"io"

	"github.com/agent-facets/facets-reconcile/internal/compare"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Comparison is the kind of document that the command diff writes.
const Comparison Kind = "Comparison"

// ComparisonDocument is a comparison of versions, with what is needed to read it elsewhere.
type ComparisonDocument struct {
	APIVersion string            `json:"apiVersion"`
	Kind       Kind              `json:"kind"`
	Registry   string            `json:"registry"` // base URL
	ExitCode   int               `json:"exitCode"`
	Groups     []ComparedGroup   `json:"groups"`
	Summary    ComparisonSummary `json:"summary"`
}

// ComparedGroup is a group with those of its packages that were compared.
type ComparedGroup struct {
	Name     string            `json:"name"`
	Version  spec.Version      `json:"version"` // of a release with an entry; else ""
	Tag      string            `json:"tag"`     // the git tag of that release; else ""
	Packages []compare.Package `json:"packages"`
}

// ComparisonSummary counts over all packages that could be compared.
type ComparisonSummary struct {
	Packages int `json:"packages"`
	Failed   int `json:"failed"` // packages that could not be compared, which nothing else here counts
	New      int `json:"new"`    // packages with nothing to compare with, whose files are not counted
	Gone     int `json:"gone"`   // platforms that the release does not have

	Added   int `json:"added"` // files
	Removed int `json:"removed"`
	Changed int `json:"changed"`

	Packed   Sizes `json:"packed"`
	Unpacked Sizes `json:"unpacked"`
}

// Sizes holds the bytes of both sides.
type Sizes struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// NewComparison returns the document of a comparison.
func NewComparison(groups []ComparedGroup, registry string) ComparisonDocument {
	d := ComparisonDocument{APIVersion: APIVersion, Kind: Comparison, Registry: registry, Groups: notNull(groups)}
	for _, g := range groups {
		for _, p := range g.Packages {
			d.Summary.take(p)
		}
	}
	if d.Summary.Failed > 0 {
		d.ExitCode = reconcile.ExitError
	}
	return d
}

func (s *ComparisonSummary) take(p compare.Package) {
	s.Packages++
	if p.Err != "" {
		s.Failed++
		return
	}
	packed, unpacked := sizesOf(p)
	s.Packed.From += packed.From
	s.Packed.To += packed.To
	s.Unpacked.From += unpacked.From
	s.Unpacked.To += unpacked.To
	switch {
	case p.To == nil:
		s.Gone++
	case p.From == nil:
		s.New++
		return
	}
	for _, f := range p.Files {
		switch f.Change {
		case compare.Added:
			s.Added++
		case compare.Removed:
			s.Removed++
		case compare.Changed:
			s.Changed++
		}
	}
}

func sizesOf(p compare.Package) (packed, unpacked Sizes) {
	if p.From != nil {
		packed.From, unpacked.From = p.From.Packed, p.From.Unpacked
	}
	if p.To != nil {
		packed.To, unpacked.To = p.To.Packed, p.To.Unpacked
	}
	return packed, unpacked
}

// Write writes the document to w. Colour is for terminals.
func (d ComparisonDocument) Write(w io.Writer, f Format, colour bool) error {
	return write(w, f, colours(colour), d)
}
