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

// All returns every provider, first the one that is meant where nothing tells.
func All() []ci.Provider {
	return []ci.Provider{circleci.Provider{}, githubactions.Provider{}, gitlab.Provider{}}
}

// Here returns the provider in whose job this process runs, or the first of all; and the job. Its variables count also where nothing says
// that it is a job.
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

// For returns the provider whose rules an ID token is judged by: that of the trusted publisher it should be of, else the one that issued
// it, else the first of all.
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

// Nearest returns the index of the trusted publisher from which the job differs least, the first of several, and in what: none means that
// the job is the one that it asks for. One of the CI system that issued the ID token is nearer than any other. Without any it is -1.
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

// Supersedes tells whether want takes the place of have. Where a provider is not known, its trusted publishers do so of one another.
func Supersedes(want, have spec.TrustedPublisher) bool {
	if want.Type != have.Type {
		return false
	}
	p, ok := Of(want.Type)
	return !ok || p.Supersedes(want, have)
}

// Moved returns those of a package's trusted publishers that a wanted one of another CI system takes the place of, as the project has moved
// there: they are of the same repository. Where several are wanted none has moved, as they may stand side by side.
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

// repository is the path of a trusted publisher's repository, which it keeps where it moves from one host to another.
func repository(of spec.TrustedPublisher) string {
	p, ok := Of(of.Type)
	if !ok {
		return ""
	}
	_, path, _ := strings.Cut(p.Repository(of), "/")
	return path
}

// Names writes whose jobs the trusted publishers are of: "CircleCI or GitHub Actions"; "CI" where that is not said.
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

// Title tells a trusted publisher from the others of one package.
func Title(p spec.TrustedPublisher) string {
	if provider, ok := Of(p.Type); ok {
		return provider.Title(p)
	}
	return p.Type
}
