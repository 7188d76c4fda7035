package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const web = "npm-auth-type: web"

func TestSecondFactorInTheBrowser(t *testing.T) {
	s := serve(t, sandbox.Options{})
	put := func(version string, headers ...string) reply {
		return s.do(http.MethodPut, "/p", publication{name: "p", version: version}.body(t), append(headers, s.session())...)
	}
	asked := put("1.0.0", web)
	s.Expect(asked.status).To(Equal(401))
	s.Expect(asked.header.Get("WWW-Authenticate")).To(Equal("OTP"))
	s.Expect(asked.field("authUrl")).To(HavePrefix(s.url))
	s.Expect(put("1.0.0", web, "npm-otp: npm_guess").status).To(Equal(401))
	s.Expect(s.get("/p").status).To(Equal(404))

	done := asked.field("doneUrl")
	s.Expect(s.get(done, "Authorization: Bearer npm_other").status).To(Equal(401), "with another bearer than that which was asked")
	first := s.get(done)
	s.Expect(first.status).To(Equal(202))
	s.Expect(first.header.Get("Retry-After")).To(Equal("0"))
	second := s.get(done, s.session())
	s.Expect(second.status).To(Equal(200))
	s.Expect(put("1.0.0", web, "npm-otp: "+second.field("token")).status).To(Equal(200))

	s.Expect(put("1.0.1", web).status).To(Equal(200), "within the window")
	s.clock.Pass(5 * time.Minute)
	asked = put("1.0.2", web, "npm-otp: "+second.field("token"))
	s.Expect(asked.status).To(Equal(401), "after it, the code is stale as well")
	page := s.get(asked.field("authUrl"))
	s.Expect(page.header.Get("Content-Type")).To(HavePrefix("text/html"))
	s.Expect(page.body).To(ContainSubstring("Approved"))
	s.Expect(s.get(asked.field("doneUrl"), s.session()).status).To(Equal(200), "the page approved it")
	s.Expect(put("1.0.2").status).To(Equal(200))

	s.Expect(s.get("/auth/cli/unknown").status).To(Equal(404))
	s.Expect(s.get("/-/v1/done?authId=unknown", s.session()).status).To(Equal(404))
}

func TestSecondFactorEveryTime(t *testing.T) {
	s := serve(t, sandbox.Options{SecondFactorWindow: -1})
	tag := func(headers ...string) reply {
		return s.do(http.MethodPut, "/-/package/p/dist-tags/next", `"1.0.0"`, append(headers, s.session(), web)...)
	}
	otp := "npm-otp: " + s.world.OneTimePassword()
	s.Expect(s.do(http.MethodPut, "/p", publication{name: "p", version: "1.0.0"}.body(t), s.session(), otp).status).To(Equal(200))
	asked := tag()
	s.get(asked.field("authUrl"))
	code := s.get(asked.field("doneUrl"), s.session()).field("token")
	s.Expect(tag().status).To(Equal(401))
	s.Expect(tag("npm-otp: " + code).status).To(Equal(200))

	other := s.do(http.MethodPut, "/-/user/org.couchdb.user:ada", map[string]string{"name": "ada", "password": "x"})
	s.Expect(other.status).To(Equal(201))
	ada := bearer(spec.NewSecret(other.field("token")))
	stolen := s.do(http.MethodPut, "/-/package/p/dist-tags/next", `"1.0.0"`, ada, web, "npm-otp: "+code)
	s.Expect(stolen.status).To(Equal(401), "a code is one session's")
}

func TestTypedSecondFactor(t *testing.T) {
	s := serve(t, sandbox.Options{})
	body := publication{name: "p", version: "1.0.0"}.body(t)
	asked := s.do(http.MethodPut, "/p", body, s.session())
	s.Expect(asked.status).To(Equal(401))
	s.Expect(asked.header.Get("WWW-Authenticate")).To(Equal("OTP"))
	s.Expect(asked.body).To(And(ContainSubstring("one-time pass"), Not(ContainSubstring("authUrl"))))
	s.Expect(s.do(http.MethodPut, "/p", body, s.session(), "npm-otp: "+s.world.OneTimePassword()).status).To(Equal(200))
}

func TestLogin(t *testing.T) {
	s := serve(t, sandbox.Options{})
	begun := s.do(http.MethodPost, "/-/v1/login", "{}")
	s.Expect(begun.status).To(Equal(200))
	s.Expect(begun.field("loginUrl")).To(HavePrefix(s.url + "/auth/cli/"))
	s.Expect(s.get(begun.field("doneUrl")).status).To(Equal(202))
	token := spec.NewSecret(s.get(begun.field("doneUrl")).field("token"))
	s.Expect(s.get("/-/whoami", bearer(token)).body).To(MatchJSON(`{"username":"sandbox"}`))

	for name, body := range map[string]map[string]string{
		"ada": {"name": "ada"}, "bob": {"name": "ada", "password": "x"}, "a%20b": {"name": "a b", "password": "x"},
	} {
		s.Expect(s.do(http.MethodPut, "/-/user/org.couchdb.user:"+name, body).status).To(Equal(400), name)
	}
}

func TestTokensEndWithTheProcess(t *testing.T) {
	dir := t.TempDir()
	before := serve(t, plain(sandbox.Options{Dir: dir}))
	before.Expect(before.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	before.trust("p", before.config(nil))
	idToken := before.idToken(nil)
	granted := before.exchange("p", idToken).field("token")

	after := serve(t, plain(sandbox.Options{Dir: dir}))
	after.Expect(after.get("/p/1.0.0").body).To(Equal(strings.ReplaceAll(before.get("/p/1.0.0").body, before.url, after.url)))
	after.Expect(after.get("/p/-/p-1.0.0.tgz").body).To(Equal(before.get("/p/-/p-1.0.0.tgz").body))
	after.Expect(after.get("/-/package/p/trust", after.session()).body).To(ContainSubstring(circleci.ClaimProject))
	after.Expect(after.get("/-/whoami", before.session()).status).To(Equal(401))
	after.Expect(after.exchange("p", idToken).status).To(Equal(201)) // the issuer is another's, who goes on
	p := publication{name: "p", version: "1.0.1"}
	after.Expect(after.do(http.MethodPut, "/p", p.body(t), bearer(spec.NewSecret(granted))).status).To(Equal(404))
	after.Expect(filesWith(t, dir, "npm_", granted, before.world.Session().Reveal(), idToken.Reveal())).To(BeEmpty())
}
