// Package providers lists the CI systems whose ID tokens npm takes, and finds the one that is meant. A further one is a folder beside
// ci/circleci and a line here. It is called wherever a trusted publisher, a job or an ID token is judged; it reads nothing by itself.
package providers

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// All returns every provider. The first one is taken where nothing tells which is meant.
func All() []ci.Provider {
	return []ci.Provider{circleci.Provider{}, githubactions.Provider{}, gitlab.Provider{}}
}

// Here returns the provider in whose job this process runs, else the first of all; and the job. The variables that describe a job count
// even where nothing says that this is one.
func Here(env func(name string) string) (ci.Provider, ci.Job) {
	for _, p := range All() {
		if job, ok := p.Job(env); ok {
			return p, job
		}
	}
	job, _ := All()[0].Job(env)
	return All()[0], job
}

// Of returns the provider of a type of trusted publishers.
func Of(kind string) (ci.Provider, bool) {
	for _, p := range All() {
		if p.Facts().Type == kind {
			return p, true
		}
	}
	return nil, false
}

// For returns the provider by whose rules an ID token is judged: that of the wanted trusted publisher, else the one that issued the
// token, else the first of all.
func For(have ci.Claims, want spec.TrustedPublisher) ci.Provider {
	if p, ok := Of(want.Type); ok {
		return p
	}
	for _, p := range All() {
		if Issued(p, have) {
			return p
		}
	}
	return All()[0]
}

// Issued tells whether an ID token names the provider as its issuer.
func Issued(p ci.Provider, have ci.Claims) bool {
	return strings.HasPrefix(have.Issuer+"/", p.Facts().Issuer+"/")
}

// Nearest returns the index of the trusted publisher from which the job differs least (the first of several), and the differences: none
// means that the job is the one it asks for. A trusted publisher of the CI system that issued the ID token is nearer than any other. The
// index is -1 where there are no trusted publishers.
func Nearest(have ci.Claims, among spec.TrustedPublishers) (index int, differences []spec.ClaimDifference) {
	index, own := -1, false
	for i, want := range among {
		p := For(have, want)
		d, issued := p.Differences(have, want), Issued(p, have)
		if index < 0 || issued && !own || issued == own && len(d) < len(differences) {
			index, own, differences = i, issued, d
		}
	}
	return index, differences
}

// Supersedes tells whether want replaces have. Trusted publishers of one unknown provider replace each other.
func Supersedes(want, have spec.TrustedPublisher) bool {
	if want.Type != have.Type {
		return false
	}
	p, ok := Of(want.Type)
	return !ok || p.Supersedes(want, have)
}

// Moved returns those of a package's trusted publishers that a wanted one of another CI system replaces, because the project has moved
// there: they are of the same repository. Where several are wanted, none has moved: they may stand side by side.
func Moved(want spec.TrustedPublishers, have []spec.TrustedPublisher) (moved []spec.TrustedPublisher) {
	if len(want) != 1 {
		return nil
	}
	at := repository(want[0])
	for _, h := range have {
		if h.Type != want[0].Type && at != "" && strings.EqualFold(repository(h), at) {
			moved = append(moved, h)
		}
	}
	return moved
}

// repository returns the path of a trusted publisher's repository, which stays the same where a project moves to another host.
func repository(of spec.TrustedPublisher) string {
	p, ok := Of(of.Type)
	if !ok {
		return ""
	}
	_, path, _ := strings.Cut(p.Repository(of), "/")
	return path
}

// Names says whose jobs the trusted publishers are for: "CircleCI or GitHub Actions"; "CI" where that is not known.
func Names(all spec.TrustedPublishers) string {
	var names []string
	for _, one := range all {
		if p, ok := Of(one.Type); ok && !slices.Contains(names, p.Facts().Name) {
			names = append(names, p.Facts().Name)
		}
	}
	if len(names) == 0 {
		return "CI"
	}
	return strings.Join(names, " or ")
}

// Title distinguishes a trusted publisher from the others of one package.
func Title(p spec.TrustedPublisher) string {
	if provider, ok := Of(p.Type); ok {
		return provider.Title(p)
	}
	return p.Type
}
