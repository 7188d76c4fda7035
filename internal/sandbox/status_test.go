package sandbox_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestStatusOfAVersion(t *testing.T) {
	o := plain(sandbox.Options{Foreign: func(name spec.Name) bool { return name == "foreign" }})
	o.ScanDelay = func(spec.Name, spec.Version) time.Duration { return time.Minute }
	s := serve(t, o)
	status := func(version string) reply { return s.get("/-/package/@s%2fp/version/"+version+"/status", s.session()) }
	word := func(version string) string { return status(version).field("status") }
	s.Expect(status("1.0.0").status).To(Equal(404))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.0", access: "public"}).status).To(Equal(200))
	s.Expect(status("1.0.0").body).To(MatchJSON(`{"packageName":"@s/p","version":"1.0.0","status":"validating"}`))
	s.clock.Pass(time.Minute)
	s.Expect(word("1.0.0")).To(Equal("published"))
	s.Expect(status("2.0.0").status).To(Equal(404), "there is no such version")
	s.Expect(s.get("/-/package/foreign/version/1.0.0/status", s.session()).status).To(Equal(404))
	s.Expect(s.get("/-/package/@s%2fp/version/1.0.0", s.session()).status).To(Equal(404))
	s.Expect(s.get("/-/package/@s%2fp/version/1.0.0/status").status).To(Equal(401))
	s.Expect(s.get("/-/package/@s%2fp/version/1.0.0/status", "Authorization: Bearer npm_other").status).To(Equal(404))

	s.Expect(s.world.Block("@s/p", "3.0.0")).To(MatchError(spec.ErrNotFound))
	s.Expect(s.put(publication{name: "@s/p", version: "1.1.0"}).status).To(Equal(200))
	s.Expect(s.world.Block("@s/p", "1.1.0")).To(Succeed())
	s.clock.Pass(time.Hour)
	s.Expect(word("1.1.0")).To(Equal("blocked"))
	s.Expect(s.get("/@s%2fp/1.1.0").status).To(Equal(404), "it is never served")
	s.Expect(s.get("/-/package/@s%2fp/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0"}`))
	s.Expect(s.put(publication{name: "@s/p", version: "1.1.0"}).status).To(Equal(409))

	s.Expect(s.put(publication{name: "@s/p", version: "1.2.0"}).status).To(Equal(200))
	s.clock.Pass(time.Hour)
	s.Expect(s.world.Remove("@s/p", "1.2.0")).To(Succeed())
	s.Expect(word("1.2.0")).To(Equal("deleted"))
	whole := s.get("/@s%2fp").body
	s.Expect(whole).To(And(ContainSubstring(`"1.2.0":"20`), Not(ContainSubstring(`"1.2.0":{`))), "its time is all that is left of it")
}

func TestStatusIsForWhoMayPublish(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	for _, name := range []string{"p", "other"} {
		s.Expect(s.put(publication{name: name, version: "1.0.0"}).status).To(Equal(200))
	}
	s.trust("p", s.config(nil))
	token := bearer(spec.NewSecret(s.exchange("p", s.idToken(nil)).field("token")))
	s.Expect(s.get("/-/package/p/version/1.0.0/status", token).status).To(Equal(200))
	s.Expect(s.get("/-/package/other/version/1.0.0/status", token).status).To(Equal(404), "an exchanged token is good for one package")

	refusing := serve(t, plain(sandbox.Options{NoStatus: true}))
	s.Expect(refusing.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	s.Expect(refusing.get("/-/package/p/version/1.0.0/status", refusing.session()).status).To(Equal(403))
}
