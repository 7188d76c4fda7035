package actor_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const stagePath = "/-/stage/package/"

// staging is the publication of a staged release.
func (s *stage) staging(t *testing.T, tag string, name spec.Name) reconcile.Publication {
	t.Helper()
	what := s.publication(t, tag, name)
	what.Release.Staged = true
	return what
}

// mayStage takes names, and lets pipelines only stage under them.
func (s *stage) mayStage(t *testing.T, names ...spec.Name) {
	t.Helper()
	s.seed(t, names...)
	only := s.want
	only.Permissions = []string{spec.PermissionStage}
	for _, name := range names {
		s.configure(t, name, only)
	}
}

// waiting returns what is staged of a package, by its version.
func (s *stage) waiting(t *testing.T, name spec.Name) map[spec.Version]spec.Stage {
	t.Helper()
	list, err := s.client.Stages(t.Context(), name)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	waiting := map[spec.Version]spec.Stage{}
	for _, one := range list {
		waiting[one.Version] = one
	}
	return waiting
}

func TestWhatIsStagedIsShownToNobody(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "cli")
	before := s.tags(t, "cli")
	what := s.staging(t, "cli@1.2.3", "cli")
	p, _ := s.building(t, what)
	sent := int64(-1)
	what.Sent = func(bytes, _ int64) { sent = bytes }

	g.Expect(p.Authorize(t.Context(), "cli")).To(Succeed())
	integrity, err := p.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(sent).To(BeNumerically(">", 0))
	beEmptyFolder(t, p.Spool)
	_, err = s.client.Manifest(t.Context(), "cli", "1.2.3")
	g.Expect(err).To(MatchError(spec.ErrNotFound))
	g.Expect(s.tags(t, "cli")).To(Equal(before))
	held := s.waiting(t, "cli")["1.2.3"]
	g.Expect(held.Kind).To(Equal("trusted automation"))
	g.Expect(held.DistTag).To(Equal(spec.Latest))

	what.Release.Staged = false
	_, err = p.Publish(t.Context(), what)
	g.Expect(err).To(MatchError(spec.ErrNotPermitted), "it may stage, and no more")

	g.Expect(s.client.Approve(t.Context(), held)).To(Succeed())
	manifest, err := s.client.Manifest(t.Context(), "cli", "1.2.3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.Dist.Integrity).To(Equal(integrity))
	g.Expect(manifest.OptionalDependencies).To(HaveLen(2), "the entry's platforms")
}

func TestAStageThatTakesTheNameSaysItsAccess(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, private)
	const name spec.Name = "@s/cli-linux-x64"
	first := s.staging(t, "cli@1.0.0", name)
	first.First, first.Package.Access = true, spec.AccessRestricted
	p := s.publisher(t, s.session())
	_, err := p.Publish(t.Context(), first)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.waiting(t, name)["1.0.0"].Access).To(Equal(spec.AccessRestricted))

	p.Registry = s.client.ReadBy() // the plan was made by somebody to whom the package was not shown
	seemsNew := s.staging(t, "cli@1.1.0", name)
	seemsNew.First = true
	_, err = p.Publish(t.Context(), seemsNew)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.waiting(t, name)["1.1.0"].Access).To(Equal(spec.AccessRestricted), "it is not made public")
}

func TestANumberThatIsTakenIsLookedUpWhereSomebodyMay(t *testing.T) {
	stagedBefore := func(t *testing.T, s *stage, p actor.Publisher) {
		_, err := p.Publish(t.Context(), s.staging(t, "lib@1.0.0", "lib"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
	}
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, s *stage, p actor.Publisher)
		nobody  bool // may list what is staged
		edited  bool // the artifact, in the meantime
		means   error
		says    []string
	}{
		{"by the same bytes", stagedBefore, false, false, spec.ErrAlreadyPublished, []string{"staging lib@1.0.0: the same bytes are staged already"}},
		{"by other bytes", stagedBefore, false, true, reconcile.ErrDiffers, []string{"staging lib@1.0.0: ", "apply --only reject", "sha1"}},
		{"and nobody may list", stagedBefore, true, true, spec.ErrAlreadyPublished, []string{"its number is taken"}},
		{"and the list does not come", func(t *testing.T, s *stage, p actor.Publisher) {
			stagedBefore(t, s, p)
			s.refuse(http.StatusForbidden, http.MethodGet, "/-/stage", always)
		}, false, true, spec.ErrAlreadyPublished, []string{"its number is taken", "could not be looked up", "403"}},
		{"by a published version", func(t *testing.T, s *stage, p actor.Publisher) {
			_, err := s.publisher(t, s.session()).Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
		}, false, true, spec.ErrAlreadyPublished, []string{"its number is taken"}},
		{"by another version, as it says", func(_ *testing.T, s *stage, _ actor.Publisher) {
			s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if strings.Contains(r.URL.Path, stagePath) {
					http.Error(w, `{"error": "Cannot stage previously published version \"0.9.0\"."}`, http.StatusConflict)
					return
				}
				next.ServeHTTP(w, r)
			})
		}, false, false, spec.ErrDoubtful, []string{"another version"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			s.mayStage(t, "lib")
			what := s.staging(t, "lib@1.0.0", "lib")
			p, dir := s.building(t, what)
			if !c.nobody {
				p.Stages = s.client.Silent()
			}
			c.prepare(t, s, p)
			if c.edited {
				edit(t, dir, `"version"`, `"keywords": ["other"], "version"`)
			}
			staged := s.requests(http.MethodPost, stagePath)

			integrity, err := p.Publish(t.Context(), what)
			g.Expect(err).To(MatchError(c.means))
			for _, says := range c.says {
				g.Expect(err).To(MatchError(ContainSubstring(says)))
			}
			for _, other := range []error{spec.ErrAlreadyPublished, reconcile.ErrDiffers, spec.ErrDoubtful, spec.ErrRefused} {
				if !errors.Is(c.means, other) {
					g.Expect(err).NotTo(MatchError(other))
				}
			}
			g.Expect(integrity).NotTo(BeEmpty(), "what was sent can be compared")
			g.Expect(s.requests(http.MethodPost, stagePath)-staged).To(Equal(1), "it is not sent twice")
			beEmptyFolder(t, p.Spool)
		})
	}
}

func TestNothingIsStagedThatCouldOnlyMoveADistTagBack(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "lib")
	_, err := s.publisher(t, s.session()).Publish(t.Context(), s.publication(t, "lib@2.0.0", "lib"))
	g.Expect(err).NotTo(HaveOccurred())
	p := s.publisher(t, s.exchange())
	integrity, err := p.Publish(t.Context(), s.staging(t, "lib@1.0.0", "lib"))
	g.Expect(err).To(MatchError(reconcile.ErrDowngrade))
	g.Expect(err).To(MatchError(And(ContainSubstring("staging lib@1.0.0: latest has come to point at 2.0.0"), ContainSubstring("to stage it below"))))
	g.Expect(integrity).To(BeEmpty())

	s.refuse(http.StatusServiceUnavailable, http.MethodGet, "/-/package/lib/dist-tags", always)
	_, err = p.Publish(t.Context(), s.staging(t, "lib@3.0.0", "lib"))
	g.Expect(err).To(MatchError(reconcile.ErrNotSent))
	g.Expect(s.requests(http.MethodPost, stagePath)).To(BeZero())
}

func TestStagingThatFailsLeavesNothingBehind(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, s *stage)
		means   error
		sent    bool // what was sent can be compared
	}{
		{"no such name", func(*testing.T, *stage) {}, spec.ErrRefused, false},
		{"no trusted publisher", func(t *testing.T, s *stage) { s.seed(t, "lib") }, spec.ErrRefused, false},
		{"a burnt number", func(t *testing.T, s *stage) {
			s.mayStage(t, "lib")
			_, err := s.publisher(t, s.session()).Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(s.npm.Remove("lib", "1.0.0")).To(Succeed())
		}, spec.ErrAlreadyPublished, true}, // npm does not tell it from others
		{"a registry without staging", func(t *testing.T, s *stage) {
			s.mayStage(t, "lib")
			s.refuse(http.StatusMethodNotAllowed, http.MethodPost, stagePath, always)
		}, spec.ErrUnsupported, true},
		{"an answer that says nothing", func(t *testing.T, s *stage) {
			s.mayStage(t, "lib")
			s.refuse(http.StatusBadGateway, http.MethodPost, stagePath, always)
		}, spec.ErrDoubtful, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			c.prepare(t, s)
			p := s.publisher(t, s.exchange())
			p.Stages = s.client.Silent()
			integrity, err := p.Publish(t.Context(), s.staging(t, "lib@1.0.0", "lib"))
			g.Expect(err).To(MatchError(c.means))
			g.Expect(err).To(MatchError(ContainSubstring("lib")))
			g.Expect(integrity != "").To(Equal(c.sent))
			g.Expect(s.waiting(t, "lib")).To(BeEmpty())
			beEmptyFolder(t, p.Spool)
		})
	}
}

func TestADualUsePackageIsStagedByAPipeline(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "lib@1.0.0", "lib")
	root, dir := build(t, what)
	edit(t, dir, `"version"`, `"contentPolicy": {"class": "dual-use"}, "version"`)
	p := s.publisher(t, s.exchange())
	p.Artifacts = actor.Folder{Root: root}
	g.Expect(inspect(t, p, what)).To(MatchError(And(ContainSubstring("publish: staged"), ContainSubstring("DISCLOSURE"))))
	what.Release.Staged = true
	g.Expect(inspect(t, p, what)).To(MatchError(And(Not(ContainSubstring("by ID token")), ContainSubstring("DISCLOSURE"))))
}

func TestWhatWasApprovedIsNoPrecedentOfADirectPublish(t *testing.T) {
	for user, provider := range map[string]string{
		`{"name": "ci", "trustedPublisher": {"id": "circleci"}}`:                                "circleci",
		`{"name": "ci", "trustedPublisher": {"id": "circleci"}, "approver": {"name": "human"}}`: "",
	} {
		g := NewWithT(t)
		s := setUp(t)
		s.fail(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, _ = fmt.Fprintf(w, `{"name": "lib", "version": "1.0.0", "_npmUser": %s}`, user)
		})
		by := actor.Precedents{Registry: s.client}
		g.Expect(by.PublishedBy(t.Context(), "lib", map[spec.DistTag]spec.Version{"latest": "1.0.0"})).To(Equal(provider), user)
	}
}
