package actor_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// twice is a stage on which lib has two versions, and latest points at the higher.
func twice(t *testing.T, shape ...func(*sandbox.Options)) (*stage, actor.Tagger) {
	t.Helper()
	s, tagger := tagger(t, shape...)
	_, err := s.publisher(t, s.exchange()).Publish(t.Context(), s.publication(t, "lib@1.1.0", "lib"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s, tagger
}

func TestARollbackGoesBackFromWhereItWasSeen(t *testing.T) {
	g := NewWithT(t)
	s, tagger := twice(t)
	g.Expect(tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "latest", "1.0.0")).To(MatchError(reconcile.ErrDowngrade), "that is for a rollback only")
	err := tagger.Return(t.Context(), desired.Package{Name: "lib"}, "latest", "1.0.5", "1.0.0")
	g.Expect(err).To(And(MatchError(reconcile.ErrDowngrade), MatchError(ContainSubstring("has come to point at 1.1.0"))))
	g.Expect(s.tags(t, "lib")).To(HaveKeyWithValue(spec.Latest, spec.Version("1.1.0")))
	g.Expect(tagger.Return(t.Context(), desired.Package{Name: "lib"}, "latest", "1.1.0", "1.0.0")).To(Succeed())
	g.Expect(s.tags(t, "lib")).To(HaveKeyWithValue(spec.Latest, spec.Version("1.0.0")))
	g.Expect(tagger.Return(t.Context(), desired.Package{Name: "lib"}, "latest", "1.1.0", "1.0.0")).To(Succeed(), "somebody was faster")
}

func TestNoDistTagIsPointedAtADeprecatedVersion(t *testing.T) {
	g := NewWithT(t)
	s, tagger := twice(t)
	puts := s.requests(http.MethodPut, "/dist-tags/")
	for _, version := range []spec.Version{"1.0.0", "1.1.0"} {
		g.Expect(s.npm.Deprecate("lib", version, "broken")).To(Succeed())
	}
	g.Expect(tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.1.0")).To(And(MatchError(reconcile.ErrDeprecated), MatchError(ContainSubstring("broken"))))
	g.Expect(tagger.Return(t.Context(), desired.Package{Name: "lib"}, "latest", "1.1.0", "1.0.0")).To(MatchError(reconcile.ErrDeprecated))
	g.Expect(s.requests(http.MethodPut, "/dist-tags/")).To(Equal(puts))
}

func TestNoDistTagIsMovedWhereItCannotBeReadWhetherItIsDeprecated(t *testing.T) {
	g := NewWithT(t)
	s, tagger := twice(t)
	s.refuse(http.StatusServiceUnavailable, http.MethodGet, "/lib/1.1.0", always)
	g.Expect(tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.1.0")).To(MatchError(reconcile.ErrNotSent))
	g.Expect(s.requests(http.MethodPut, "/dist-tags/")).To(BeZero())
}

func TestDeprecatingTakesAHuman(t *testing.T) {
	g := NewWithT(t)
	s, _ := twice(t)
	messages := map[spec.Version]spec.Deprecation{"1.0.0": {Message: `broken: use "1.1.0" <now>`}}
	ci := actor.Deprecator{Registry: s.client, Credentials: s.exchange()}
	g.Expect(ci.Deprecate(t.Context(), "lib", messages)).To(MatchError(spec.ErrRefused))
	human := actor.Deprecator{Registry: s.client, Credentials: s.session()}
	g.Expect(human.Deprecate(t.Context(), "lib", messages)).To(Succeed())
	read, err := s.client.Manifest(t.Context(), "lib", "1.0.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(read.Deprecated)).To(Equal(messages["1.0.0"].Message))

	err = human.Deprecate(t.Context(), "lib", map[spec.Version]spec.Deprecation{"1.1.0": {Message: "broken"}})
	g.Expect(err).To(And(MatchError(reconcile.ErrDeprecated), MatchError(ContainSubstring("latest points at it"))))
	read, err = s.client.Manifest(t.Context(), "lib", "1.1.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read.Deprecated).To(BeEmpty())
	g.Expect(human.Deprecate(t.Context(), "lib", map[spec.Version]spec.Deprecation{"1.1.0": {Message: "moved", Tagged: true}})).To(Succeed())
	read, err = s.client.Manifest(t.Context(), "lib", "1.1.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(read.Deprecated)).To(Equal("moved"))
}
