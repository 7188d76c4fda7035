package actor_test

import (
	"fmt"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// ciMay lets pipelines move dist-tags, too.
func ciMay(o *sandbox.Options) { o.OIDCDistTags = true }

// tagger is a stage on which lib is published and tagged "latest", and how its dist-tags are moved by ci, then by a human.
func tagger(t *testing.T, shape ...func(*sandbox.Options)) (*stage, actor.Tagger) {
	t.Helper()
	s := setUp(t, shape...)
	s.trusted(t, "lib")
	_, err := s.publisher(t, s.exchange()).Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s, actor.Tagger{Registry: s.client, Credentials: []actor.Credentials{s.exchange(), s.session()}}
}

func TestTagsAreMovedWithTheFirstCredentialsThatMay(t *testing.T) {
	const path = "/-/package/lib/dist-tags/beta"
	for _, c := range []struct {
		name  string
		shape []func(*sandbox.Options)
		puts  int
	}{
		{"CI's", []func(*sandbox.Options){ciMay}, 1},
		{"a human's, where CI's are refused", nil, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s, tagger := tagger(t, c.shape...)
			g.Expect(tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.0.0")).To(Succeed())
			g.Expect(s.tags(t, "lib")).To(HaveKeyWithValue(spec.DistTag("beta"), spec.Version("1.0.0")))
			g.Expect(s.requests(http.MethodPut, path)).To(Equal(c.puts))
		})
	}
}

func TestATagIsNotMovedBackToWhatAReleaseHasOvertaken(t *testing.T) {
	for name, test := range map[string]struct {
		shown, wanted spec.Version
		moved         bool
	}{
		"below":            {"2.0.0", "1.0.0", false},
		"below, numerical": {"1.10.0", "1.9.0", false},
		"its prerelease":   {"1.0.0", "1.0.0-rc.1", false},
		"above":            {"0.9.0", "1.0.0", true},
		"the same":         {"1.0.0", "1.0.0", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s, tagger := tagger(t)
			puts := 0
			s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				switch {
				case r.Method == http.MethodGet && r.URL.Path == "/-/package/lib/dist-tags":
					_, _ = fmt.Fprintf(w, `{"latest": %q}`, test.shown)
				case r.Method == http.MethodPut: // whatever versions there are
					puts++
					w.WriteHeader(http.StatusCreated)
				default:
					next.ServeHTTP(w, r)
				}
			})
			err := tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "latest", test.wanted)
			if test.moved {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(And(MatchError(reconcile.ErrDowngrade), MatchError(ContainSubstring(string(test.shown)))))
			g.Expect(puts).To(BeZero())
		})
	}
}

func TestATagIsNotMovedWhereItCannotBeRead(t *testing.T) {
	g := NewWithT(t)
	s, tagger := tagger(t)
	s.refuse(http.StatusServiceUnavailable, http.MethodGet, "/-/package/lib/dist-tags", always)
	g.Expect(tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.0.0")).To(MatchError(reconcile.ErrNotSent))
	g.Expect(s.requests(http.MethodPut, "/dist-tags/")).To(BeZero())
}

func TestARefusedExchangeFallsBackAsWell(t *testing.T) {
	g := NewWithT(t)
	s, tagger := tagger(t)
	s.job(map[string]any{circleci.ClaimProject: "x"})
	tagger.Credentials[0] = s.exchange() // which has exchanged nothing yet
	g.Expect(tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.0.0")).To(Succeed())
	g.Expect(s.tags(t, "lib")).To(HaveKey(spec.DistTag("beta")))
}

func TestATagThatNobodyMayMoveIsRefused(t *testing.T) {
	g := NewWithT(t)
	s, tagger := tagger(t)
	tagger.Credentials[1] = actor.Session{Token: spec.NewSecret("npm_unknown")}
	err := tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.0.0")
	g.Expect(err).To(MatchError(spec.ErrRefused))
	g.Expect(err).To(MatchError(SatisfyAll(ContainSubstring("403"), ContainSubstring("404"))), "both refusals are told")
	g.Expect(err.Error()).NotTo(ContainSubstring("npm_unknown"))
	g.Expect(s.tags(t, "lib")).NotTo(HaveKey(spec.DistTag("beta")))
}

func TestAFailureIsNoRefusal(t *testing.T) {
	g := NewWithT(t)
	s, tagger := tagger(t)
	s.refuse(http.StatusServiceUnavailable, http.MethodPost, exchangePath, always)
	err := tagger.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.0.0")
	g.Expect(err).To(MatchError(ContainSubstring("503")))
	g.Expect(err).NotTo(MatchError(spec.ErrRefused))
	g.Expect(s.requests(http.MethodPut, "/dist-tags/")).To(BeZero(), "other credentials are not tried then")
}

func TestWithoutCredentialsNobodyMayMoveATag(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	g.Expect(actor.Tagger{Registry: s.client}.Tag(t.Context(), desired.Package{Name: "lib"}, "beta", "1.0.0")).To(MatchError(spec.ErrRefused))
	g.Expect(s.npm.Requests()).To(BeEmpty())
}
