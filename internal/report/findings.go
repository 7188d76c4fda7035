package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// alike is how many findings of one kind a table shows. Of the others it names only the packages: a registry that is down causes one for
// each package.
const alike = 3

// findings writes what is wrong, each with what to do about it.
func (d Document) findings(b *strings.Builder, c colours) {
	for _, kind := range grouped(d.Findings, kindOfFinding) {
		for _, f := range kind[:min(len(kind), alike)] {
			fmt.Fprintf(b, "%s %s: %s\n  → %s\n", c.severity(f.Severity), f.Type, indented(words.Plain(f.Message)), words.Plain(f.Next))
		}
		moreOfKind(b, c.severity(kind[0].Severity)+" "+string(kind[0].Type), kind, func(f reconcile.Finding) spec.Name { return f.Package })
	}
	if len(d.Findings) > 0 {
		b.WriteString("\n")
	}
}

// moreOfKind names the packages of the findings that are not shown.
func moreOfKind[T any](b *strings.Builder, begin string, kind []T, about func(T) spec.Name) {
	if rest := len(kind) - alike; rest > 0 {
		fmt.Fprintf(b, "%s: %d more of this kind: %s\n", begin, rest, reconcile.Enumerate(names(kind[alike:], about)))
	}
}

// kindOfFinding returns what findings of the same kind have in common. Findings of artifacts are of one kind where the same has to be
// done about them.
func kindOfFinding(f reconcile.Finding) [3]string {
	kind := [3]string{string(f.Type), string(f.Severity)}
	if ofArtifact(f) {
		kind[2] = f.Next
	}
	return kind
}

// grouped groups elements with the same key, in the order of the first of each.
func grouped[T any, K comparable](all []T, key func(T) K) (groups [][]T) {
	places := map[K]int{}
	for _, one := range all {
		at, known := places[key(one)]
		if !known {
			at, places[key(one)] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], one)
	}
	return groups
}

func names[T any](all []T, name func(T) spec.Name) (texts []string) {
	for _, one := range all {
		texts = append(texts, string(name(one)))
	}
	return texts
}

// who names the packages of which the same is said.
func who[T any](group []T, name func(T) spec.Name) string {
	if len(group) == 1 {
		return string(name(group[0]))
	}
	return fmt.Sprintf("%d packages (%s)", len(group), reconcile.Enumerate(names(group, name)))
}
