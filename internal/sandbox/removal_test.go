package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestUnpublishedPackages(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, plain(sandbox.Options{Dir: dir}))
	s.Expect(s.world.Unpublish("@s/p")).To(MatchError(spec.ErrNotFound))
	s.Expect(s.world.Unpublish("../p")).NotTo(Succeed())
	for _, version := range []string{"0.0.1", "0.1.0"} {
		s.Expect(s.put(publication{name: "@s/p", version: version, access: "public"}).status).To(Equal(200))
	}
	s.trust("@s/p", s.config(nil))
	s.Expect(s.world.Unpublish("@s/p")).To(Succeed())
	s.Expect(s.world.Unpublish("@s/p")).To(MatchError(spec.ErrNotFound), "there is nothing any more")

	for _, address := range []string{
		"/-/package/@s%2fp/dist-tags", "/@s%2fp/0.0.1", "/@s%2fp/latest", "/@s/p/-/p-0.0.1.tgz", "/-/package/@s%2fp/trust",
	} {
		s.Expect(s.get(address, s.session()).status).To(Equal(404), address)
	}
	s.Expect(s.get("/@s%2fp", "Accept: application/vnd.npm.install-v1+json").status).To(Equal(404))
	tombstone := s.get("/@s%2fp")
	s.Expect(tombstone.status).To(Equal(200))
	s.Expect(tombstone.body).To(MatchJSON(`{"_id":"@s/p","name":"@s/p","time":{"modified":"2026-11-01T12:00:00Z",
		"unpublished":{"time":"2026-11-01T12:00:00Z","versions":["0.0.1","0.1.0"]}}}`))
	s.Expect(s.get("/@s%2fother").status).To(Equal(404))

	put := func(version string) reply {
		return s.put(publication{name: "@s/p", version: version, access: "public"})
	}
	s.clock.Pass(24*time.Hour - time.Second)
	early := put("0.2.0")
	s.Expect(early.status).To(Equal(403))
	s.Expect(early.field("error")).To(Equal("@s/p cannot be republished until 24 hours have passed."))
	s.clock.Pass(time.Second)
	burnt := put("0.0.1")
	s.Expect(burnt.status).To(Equal(400))
	s.Expect(burnt.field("error")).To(Equal(`Cannot publish over previously published version "0.0.1".`))
	s.Expect(s.get("/@s%2fp").body).To(Equal(tombstone.body), "a refused publish changes nothing")

	s.Expect(put("0.2.0").status).To(Equal(200))
	s.Expect(s.get("/@s%2fp").body).NotTo(ContainSubstring("unpublished"))
	s.Expect(s.get("/-/package/@s%2fp/trust", s.session()).body).To(MatchJSON(`[]`))
	s.Expect(put("0.1.0").status).To(Equal(400), "a number is never free again")
	again := serve(t, plain(sandbox.Options{Dir: dir}))
	s.Expect(again.put(publication{name: "@s/p", version: "0.1.0", access: "public"}).status).To(Equal(400), "in no process")
}

func TestSecurityHoldings(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	for _, name := range []spec.Name{"p", "@s/vacant"} {
		s.Expect(s.world.Hold(name)).To(Succeed())
		s.Expect(s.get("/-/package/" + name.Escaped() + "/dist-tags").body).To(MatchJSON(`{"latest":"0.0.1-security"}`))
		var m spec.Manifest
		s.Expect(json.Unmarshal([]byte(s.get("/"+name.Escaped()+"/latest").body), &m)).To(Succeed())
		s.Expect(m.Version).To(Equal(spec.Version("0.0.1-security")))
		file := s.get(m.Dist.Tarball)
		s.Expect(file.status).To(Equal(200))
		s.Expect(integrityOf(file.body)).To(Equal(m.Dist.Integrity))
		refused := s.put(publication{name: name.String(), version: "2.0.0", access: "public"})
		s.Expect(refused.status).To(Equal(403))
		s.Expect(refused.body).To(ContainSubstring("You do not have permission to publish"))
	}
	s.Expect(s.get("/p/1.0.0").status).To(Equal(404), "what was there is gone")
	s.Expect(s.world.Hold("..")).NotTo(Succeed())
}

func TestNamesOfSomebodyElse(t *testing.T) {
	theirs := false
	s := serve(t, plain(sandbox.Options{Foreign: func(name spec.Name) bool { return theirs && name != "mine" }}))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.0", access: "public"}).status).To(Equal(200))
	theirs = true
	for _, c := range []struct {
		name   string
		status int
		says   string
	}{
		{"@s/new", 404, "Scope not found"},
		{"@s/p", 403, `You do not have permission to publish "@s/p". Are you logged in as the correct user?`},
		{"new", 403, `You do not have permission to publish "new". Are you logged in as the correct user?`},
	} {
		r := s.put(publication{name: c.name, version: "2.0.0", access: "public"})
		s.Expect(r.status).To(Equal(c.status), c.name)
		s.Expect(r.field("error")).To(Equal(c.says))
	}
	s.Expect(s.put(publication{name: "mine", version: "1.0.0"}).status).To(Equal(200))
	s.Expect(s.get("/@s%2fp/1.0.0").status).To(Equal(200), "anybody may read it")
	s.Expect(s.get("/-/package/@s%2fp/trust", s.session()).status).To(Equal(403))
	s.Expect(s.do(http.MethodPut, "/-/package/@s%2fp/dist-tags/next", `"1.0.0"`, s.session()).status).To(Equal(403))
}

func TestSpam(t *testing.T) {
	filtered := false
	s := serve(t, plain(sandbox.Options{Spam: func(name spec.Name) bool { return filtered && name == "p" }}))
	filtered = true
	r := s.put(publication{name: "p", version: "1.0.0"})
	s.Expect(r.status).To(Equal(403))
	s.Expect(r.field("error")).To(HavePrefix("Package name triggered spam detection"))
	s.Expect(s.put(publication{name: "q", version: "1.0.0"}).status).To(Equal(200))
	filtered = false
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	filtered = true
	s.Expect(s.put(publication{name: "p", version: "1.0.1"}).status).To(Equal(200), "new names only")
}
