package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const unknownStage = "/-/stage/1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"

// stage stages as the human does, or as who is in the headers.
func (s *site) stage(p publication, headers ...string) reply {
	s.t.Helper()
	if len(headers) == 0 {
		headers = []string{s.session()}
	}
	return s.do(http.MethodPost, "/-/stage/package/"+escaped(p.name), p.body(s.t), headers...)
}

// staged stages what must be taken, and returns its address.
func (s *site) staged(p publication, headers ...string) string {
	s.t.Helper()
	r := s.stage(p, headers...)
	s.Expect(r.status).To(Equal(http.StatusCreated), r.body)
	s.Expect(r.field("message")).To(Equal("Package version staged successfully."))
	return "/-/stage/" + r.field("stageId")
}

func (s *site) approve(address string, headers ...string) reply {
	s.t.Helper()
	return s.do(http.MethodPost, address+"/approve", nil, append(headers, s.session())...)
}

func (s *site) reject(address string, headers ...string) reply {
	s.t.Helper()
	return s.do(http.MethodDelete, address, nil, append(headers, s.session())...)
}

func TestStagedIsShownToNobodyUntilItIsApproved(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "@s/p", version: "1.0.0", access: "public"}).status).To(Equal(200))
	p := publication{name: "@s/p", version: "1.1.0", files: map[string]string{"package/a.js": "1"}}
	address := s.staged(p)
	status := func() string { return s.get("/-/package/@s%2fp/version/1.1.0/status", s.session()).field("status") }

	s.Expect(status()).To(Equal("staged"))
	s.Expect(s.get("/@s%2fp/1.1.0").status).To(Equal(404))
	s.Expect(s.get("/@s/p/-/p-1.1.0.tgz").status).To(Equal(404))
	s.Expect(s.get("/@s%2fp").body).NotTo(ContainSubstring("1.1.0"))
	s.Expect(s.get("/-/package/@s%2fp/dist-tags", s.session()).body).To(MatchJSON(`{"latest":"1.0.0"}`))
	s.Expect(s.do(http.MethodPut, "/-/package/@s%2fp/dist-tags/next", `"1.1.0"`, s.session()).status).To(Equal(404))

	shown := s.get(address, s.session())
	file := s.get(address+"/tarball", s.session())
	s.Expect(file.status).To(Equal(200))
	s.Expect(shown.body).To(MatchJSON(fmt.Sprintf(`{"id":%q,"packageName":"@s/p","version":"1.1.0","tag":"latest",
		"createdAt":"2026-11-01T12:00:00Z","actor":"sandbox","actorType":"user","access":"public","shasum":%q,"status":"staged"}`,
		address[len("/-/stage/"):], shown.field("shasum"))))

	s.clock.Pass(time.Hour)
	s.Expect(s.approve(address).body).To(MatchJSON(`{"message":"Package version approved and published successfully."}`))
	s.Expect(status()).To(Equal("published"))
	var m spec.Manifest
	s.Expect(json.Unmarshal([]byte(s.get("/@s%2fp/latest").body), &m)).To(Succeed())
	s.Expect(m.Version).To(Equal(spec.Version("1.1.0")))
	s.Expect(m.Dist.Shasum).To(Equal(shown.field("shasum")))
	s.Expect(m.Publisher.Approver).To(MatchJSON(`{"name":"sandbox","email":"sandbox@example.test"}`))
	s.Expect(s.get(m.Dist.Tarball).body).To(Equal(file.body))
	s.Expect(s.get("/@s%2fp").body).To(ContainSubstring(`"1.1.0":"2026-11-01T13:00:00Z"`), "it is as old as its approval")
	for _, gone := range []reply{s.get(address, s.session()), s.get(address+"/tarball", s.session()), s.approve(address), s.reject(address)} {
		s.Expect(gone.status).To(Equal(404))
		s.Expect(gone.field("message")).To(Equal("Not Found - No staged package version found with the provided ID."))
	}
	s.Expect(s.get("/-/stage", s.session()).body).To(MatchJSON(`{"items":[],"page":0,"perPage":10,"total":0}`))
}

func TestStagedIsScannedBeforeItIsApproved(t *testing.T) {
	s := serve(t, plain(sandbox.Options{
		ScanDelay:     func(spec.Name, spec.Version) time.Duration { return 5 * time.Minute },
		ApprovalDelay: func(spec.Name, spec.Version) time.Duration { return time.Second },
	}))
	address := s.staged(publication{name: "p", version: "1.0.0", tag: "next"})
	word := func() []string {
		return []string{s.get(address, s.session()).field("status"), s.get("/-/package/p/version/1.0.0/status", s.session()).field("status")}
	}
	s.Expect(word()).To(HaveEach("validating"))
	early := s.approve(address)
	s.Expect(early.status).To(Equal(409))
	s.Expect(early.field("message")).To(ContainSubstring("still being validated"))
	s.clock.Pass(5 * time.Minute)
	s.Expect(word()).To(HaveEach("staged"))
	s.Expect(s.approve(address).status).To(Equal(201))
	s.Expect(s.get("/p/1.0.0").status).To(Equal(404), "approved, not served")
	s.clock.Pass(time.Second)
	s.Expect(s.get("/p/1.0.0").status).To(Equal(200))

	blocked := s.staged(publication{name: "p", version: "1.1.0"})
	s.Expect(s.world.Block("p", "1.1.0")).To(Succeed())
	s.clock.Pass(time.Hour)
	s.Expect(s.get("/-/package/p/version/1.1.0/status", s.session()).field("status")).To(Equal("blocked"))
	s.Expect(s.get("/-/stage", s.session()).body).To(ContainSubstring(`"total":0`))
	s.Expect(s.approve(blocked).status).To(Equal(404))
	s.Expect(s.stage(publication{name: "p", version: "1.1.0"}).status).To(Equal(409), "its number is taken")
}

func TestRejectedIsFreeAgain(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, plain(sandbox.Options{Dir: dir}))
	address := s.staged(publication{name: "p", version: "1.0.0", tag: "next"})
	s.Expect(s.reject(address).status).To(Equal(204))
	s.Expect(s.get("/-/package/p/version/1.0.0/status", s.session()).status).To(Equal(404))
	s.Expect(s.approve(address).status).To(Equal(404))

	again := publication{name: "p", version: "1.0.0", files: map[string]string{"package/b.js": "2"}}
	address = s.staged(again)
	later := serve(t, plain(sandbox.Options{Dir: dir})) // another process goes on with it
	s.Expect(later.get(address, later.session()).field("tag")).To(Equal("latest"))
	s.Expect(later.approve(address).status).To(Equal(201))
	var m spec.Manifest
	s.Expect(json.Unmarshal([]byte(s.get("/p/latest").body), &m)).To(Succeed())
	s.Expect(m.Version).To(Equal(spec.Version("1.0.0")))
	s.Expect(integrityOf(s.get(m.Dist.Tarball).body)).To(Equal(m.Dist.Integrity), "that of the second")
}

func TestStagedAndPublishedShareTheirNumbers(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	s.staged(publication{name: "p", version: "1.1.0"})
	s.Expect(s.put(publication{name: "p", version: "1.2.0"}).status).To(Equal(200))
	s.Expect(s.world.Remove("p", "1.2.0")).To(Succeed())

	direct := s.put(publication{name: "p", version: "1.1.0"})
	s.Expect(direct.status).To(Equal(409))
	s.Expect(direct.field("error")).To(Equal(`Cannot publish over previously staged version "1.1.0".`))
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		r := s.stage(publication{name: "p", version: version})
		s.Expect(r.status).To(Equal(409), version)
		s.Expect(r.field("error")).To(Equal(fmt.Sprintf("Cannot stage previously published version %q.", version)))
	}
	s.Expect(s.stage(publication{name: "p", version: "1.3.0"}).status).To(Equal(201), "several may wait")
}

func TestNewNameIsTakenByAPlaceholder(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.stage(publication{name: "@s/new", version: "1.0.0"}).status).To(Equal(402), "as a first publish without an access")
	address := s.staged(publication{name: "@s/new", version: "1.0.0", access: "public"})
	s.Expect(s.get("/-/package/@s%2fnew/dist-tags").body).To(MatchJSON(`{"latest":"0.0.0-stage"}`))
	var m spec.Manifest
	s.Expect(json.Unmarshal([]byte(s.get("/@s%2fnew/0.0.0-stage").body), &m)).To(Succeed())
	s.Expect(integrityOf(s.get(m.Dist.Tarball).body)).To(Equal(m.Dist.Integrity))
	s.Expect(s.approve(address).status).To(Equal(201))
	s.Expect(s.get("/-/package/@s%2fnew/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0"}`))
}

func TestStagesAreListedByPageNewestFirst(t *testing.T) {
	s := serve(t, plain(sandbox.Options{PrivatePackages: true}))
	for i := range 12 {
		s.staged(publication{name: "p", version: fmt.Sprintf("1.%d.0", i)})
		s.clock.Pass(time.Minute)
	}
	s.staged(publication{name: "@s/q", version: "1.0.0", access: "restricted"})
	type page struct {
		Items                []struct{ PackageName, Version, Access string }
		Page, PerPage, Total int
	}
	list := func(query string) (p page, versions []string) {
		s.Expect(json.Unmarshal([]byte(s.get("/-/stage"+query, s.session()).body), &p)).To(Succeed())
		for _, item := range p.Items {
			versions = append(versions, item.PackageName+"@"+item.Version)
		}
		return p, versions
	}
	first, versions := list("")
	s.Expect([]int{first.Page, first.PerPage, first.Total}).To(Equal([]int{0, 10, 13}))
	s.Expect(versions[:3]).To(Equal([]string{"@s/q@1.0.0", "p@1.11.0", "p@1.10.0"}))
	s.Expect(first.Items[0].Access).To(Equal("private"))
	_, versions = list("?page=1")
	s.Expect(versions).To(Equal([]string{"p@1.2.0", "p@1.1.0", "p@1.0.0"}))
	one, versions := list("?package=@s%2fq&perPage=500")
	s.Expect(versions).To(Equal([]string{"@s/q@1.0.0"}))
	s.Expect(one.PerPage).To(Equal(100))
	_, versions = list("?page=7")
	s.Expect(versions).To(BeEmpty())
	s.Expect(s.get("/-/stage?page=-1", s.session()).status).To(Equal(400))
}

func TestWhoMayStageAndWhoApprove(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	config := s.config(nil)
	config.Permissions = []string{spec.PermissionStage}
	s.trust("p", config)
	token := bearer(spec.NewSecret(s.exchange("p", s.idToken(nil)).field("token")))

	p := publication{name: "p", version: "1.1.0"}
	direct := s.do(http.MethodPut, "/p", p.body(t), token)
	s.Expect(direct.status).To(Equal(403))
	s.Expect(direct.field("error")).To(Equal("OIDC permission denied for this action"))
	address := s.staged(p, token)
	shown := s.get(address, s.session())
	s.Expect(shown.field("actorType")).To(Equal("trusted automation"))
	s.Expect(shown.field("actor")).To(Equal("circleci"))
	s.Expect(s.stage(publication{name: "q", version: "1.0.0"}, token).status).To(Equal(404), "it is good for one package")
	for what, r := range map[string]reply{
		"list": s.get("/-/stage", token), "view": s.get(address, token), "download": s.get(address+"/tarball", token),
		"approve": s.do(http.MethodPost, address+"/approve", nil, token), "reject": s.do(http.MethodDelete, address, nil, token),
		"nobody": s.get("/-/stage"), "nobody stages": s.do(http.MethodPost, "/-/stage/package/p", p.body(t)),
	} {
		s.Expect(r.status).To(Equal(401), what)
	}
	s.Expect(s.approve(address).status).To(Equal(201))
	s.Expect(s.get("/p/1.1.0").body).To(ContainSubstring(`"approver"`))
}

func TestStagingIsRefusedAsPublishingIs(t *testing.T) {
	s := serve(t, plain(sandbox.Options{Foreign: func(name spec.Name) bool { return name == "theirs" || name == "@t/p" }}))
	for name, c := range map[string]struct {
		p      publication
		status int
	}{
		"private":      {publication{name: "p", version: "1.0.0", manifest: map[string]any{"private": true}}, 403},
		"no name":      {publication{name: "UPPER", version: "1.0.0"}, 400},
		"bad version":  {publication{name: "p", version: "v1"}, 400},
		"theirs":       {publication{name: "theirs", version: "1.0.0"}, 403},
		"theirs too":   {publication{name: "@t/p", version: "1.0.0", access: "public"}, 404},
		"nothing":      {publication{name: "p", version: "1.0.0", change: func(d map[string]any) { delete(d, "_attachments") }}, 400},
		"other inside": {publication{name: "p", version: "1.0.0", manifest: map[string]any{"name": "q"}}, 422},
	} {
		s.Expect(s.stage(c.p).status).To(Equal(c.status), name)
	}
	s.Expect(s.get("/p").status).To(Equal(404), "nothing is begun")
	s.Expect(s.get(unknownStage, s.session()).status).To(Equal(404))
	s.Expect(s.do(http.MethodPut, unknownStage, "{}", s.session()).status).To(Equal(405))
	s.Expect(s.do(http.MethodPut, "/-/stage/package/p", "{}", s.session()).status).To(Equal(405))
	s.Expect(s.get(unknownStage+"/other", s.session()).status).To(Equal(404))
}

func TestOneSecondFactorApprovesSeveral(t *testing.T) {
	s := serve(t, sandbox.Options{})
	one, two := s.staged(publication{name: "p", version: "1.0.0"}), s.staged(publication{name: "q", version: "1.0.0"})
	three := s.staged(publication{name: "q", version: "1.1.0"})
	asked := s.approve(one, web)
	s.Expect(asked.status).To(Equal(401), "staging asked for none")
	s.Expect(asked.header.Get("WWW-Authenticate")).To(Equal("OTP"))
	s.Expect(s.get(asked.field("authUrl")).status).To(Equal(200))
	otp := "npm-otp: " + s.get(asked.field("doneUrl"), s.session()).field("token")
	s.Expect(s.approve(one, web, otp).status).To(Equal(201))
	s.Expect(s.approve(two, web).status).To(Equal(201), "within the window")
	s.clock.Pass(5 * time.Minute)
	s.Expect(s.reject(three, web).status).To(Equal(401))
	s.Expect(s.reject(three, "npm-otp: "+s.world.OneTimePassword()).status).To(Equal(204))
}

func TestOfTwoApproversOneApproves(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, plain(sandbox.Options{Dir: dir}))
	address := s.staged(publication{name: "p", version: "1.0.0"})
	statuses := make([]int, 8)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() {
			if r, err := s.try(http.MethodPost, address+"/approve", nil, s.session()); err == nil {
				statuses[i] = r.status
			}
		})
	}
	all.Wait()
	s.Expect(statuses).To(ConsistOf(201, 404, 404, 404, 404, 404, 404, 404))
	s.Expect(filepath.Glob(filepath.Join(dir, "uploads", "*"))).To(BeEmpty())
}
