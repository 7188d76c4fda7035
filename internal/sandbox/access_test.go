package sandbox_test

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// private serves a world whose account has private packages, with two of them and a public one, and strangers' sessions.
func private(t *testing.T) *site {
	t.Helper()
	o := plain(sandbox.Options{PrivatePackages: true})
	o.Reads = func(user string, _ spec.Name) bool { return user != "stranger" }
	s := serve(t, o)
	for name, access := range map[string]string{"@s/p": "restricted", "@s/other": "", "@s/open": "public"} {
		s.Expect(s.put(publication{name: name, version: "1.0.0", access: access}).status).To(Equal(200), name)
		s.trust(name, s.config(nil))
	}
	return s
}

// granted is the header of a token that the exchange gave for a package.
func (s *site) granted(name string) string {
	s.t.Helper()
	r := s.exchange(name, s.idToken(nil))
	s.Expect(r.status).To(Equal(201), r.body)
	return bearer(spec.NewSecret(r.field("token")))
}

func TestRestrictedIsShownToThoseWhoMayReadItAlone(t *testing.T) {
	s := private(t)
	stranger := s.do(http.MethodPut, "/-/user/org.couchdb.user:stranger", map[string]string{"name": "stranger", "password": "x"})
	s.Expect(stranger.status).To(Equal(201))
	readers := map[string]string{"the session": s.session(), "its own grant": s.granted("@s/p")}
	others := map[string]string{
		"nobody": "X-Nobody: 1", "another's grant": s.granted("@s/open"), "an unknown token": "Authorization: Bearer npm_no",
		"a stranger": bearer(spec.NewSecret(stranger.field("token"))), "basic": "Authorization: Basic c2FuZGJveDp4",
	}
	for _, address := range []string{
		"/@s%2fp", "/@s%2fp/1.0.0", "/@s%2fp/latest", "/@s/p/-/p-1.0.0.tgz", "/-/package/@s%2fp/dist-tags", "/-/package/@s%2fp/visibility",
	} {
		for who, header := range readers {
			s.Expect(s.get(address, header).status).To(Equal(200), "%s for %s", address, who)
		}
		for who, header := range others {
			r := s.get(address, header)
			s.Expect(r.status).To(Equal(404), "%s for %s", address, who)
			s.Expect(r.body).NotTo(ContainSubstring("1.0.0\":"))
			s.Expect(s.do(http.MethodHead, address, nil, header).status).To(Equal(404), "%s for %s", address, who)
		}
	}
	absent, hidden := s.get("/-/package/@s%2fnone/dist-tags"), s.get("/-/package/@s%2fp/dist-tags")
	s.Expect(hidden.body).To(Equal(absent.body), "it cannot be told from one that is not there")
	s.Expect(s.get("/@s%2fother").status).To(Equal(404), "a scope's first publish that says nothing is restricted")
	s.Expect(s.get("/@s%2fopen").status).To(Equal(200))
	s.Expect(s.get("/-/package/@s%2fp/visibility", s.session()).body).To(MatchJSON(`{"public": false}`))
	s.Expect(s.get("/-/package/@s%2fopen/visibility").body).To(MatchJSON(`{"public": true}`))
}

func TestAccessIsChangedByPublishesThatSayOne(t *testing.T) {
	s := private(t)
	access := func(name spec.Name) spec.Access {
		a, err := s.world.Access(name)
		s.Expect(err).NotTo(HaveOccurred())
		return a
	}
	for _, step := range []struct {
		name, version, says string
		after               spec.Access
	}{
		{"@s/p", "1.0.1", "", spec.AccessRestricted},
		{"@s/p", "1.0.2", "public", spec.AccessPublic},
		{"@s/p", "1.0.3", "", spec.AccessPublic},
		{"@s/p", "1.0.4", "restricted", spec.AccessRestricted},
		{"plain", "1.0.0", "", spec.AccessPublic},
	} {
		s.Expect(s.put(publication{name: step.name, version: step.version, access: step.says}).status).To(Equal(200), step.version)
		s.Expect(access(spec.Name(step.name))).To(Equal(step.after), step.version)
	}
	s.Expect(s.put(publication{name: "@s/p", version: "2.0.0", access: "secret"}).status).To(Equal(400))
	s.Expect(s.put(publication{name: "plain", version: "2.0.0", access: "restricted"}).status).To(Equal(400))

	set := func(name, status string) int {
		return s.do(http.MethodPost, "/-/package/"+escaped(name)+"/access", map[string]string{"access": status}, s.session()).status
	}
	s.Expect(set("@s/p", "public")).To(Equal(200))
	s.Expect(access("@s/p")).To(Equal(spec.AccessPublic))
	s.Expect(set("@s/none", "public")).To(Equal(404))
	s.Expect(s.do(http.MethodPost, "/-/package/@s%2fp/access", map[string]string{"access": "restricted"}, s.granted("@s/p")).status).
		To(Equal(401), "it takes a human")
	s.Expect(s.world.SetAccess("@s/p", spec.AccessRestricted)).To(Succeed())
	s.Expect(access("@s/p")).To(Equal(spec.AccessRestricted))
	s.Expect(s.world.SetAccess("@s/none", spec.AccessRestricted)).To(MatchError(spec.ErrNotFound))
}

func TestRecordSaysWhatAccessEachPublishSent(t *testing.T) {
	s := private(t)
	s.Expect(s.put(publication{name: "plain", version: "1.0.0", access: "public"}).status).To(Equal(200))
	s.Expect(s.put(publication{name: "plain", version: "1.0.1"}).status).To(Equal(200))
	s.Expect(s.put(publication{name: "plain", version: "1.0.1", access: "restricted"}).status).To(Equal(403))
	var said []string
	for _, r := range s.world.Requests() {
		if r.Path == "/plain" {
			said = append(said, r.Access)
		} else if r.Method == http.MethodGet {
			s.Expect(r.Access).To(BeEmpty())
		}
	}
	s.Expect(said).To(Equal([]string{"public", "null", "restricted"}))
}

func TestRestrictedTakesAPlan(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.0", access: "public"}).status).To(Equal(200))
	r := s.put(publication{name: "@s/p", version: "1.0.1", access: "restricted"})
	s.Expect(r.status).To(Equal(402))
	s.Expect(r.field("error")).To(Equal("You must sign up for private packages"))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.1"}).status).To(Equal(200))
}
