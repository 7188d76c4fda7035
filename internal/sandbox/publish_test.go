package sandbox_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func plain(o sandbox.Options) sandbox.Options {
	o.NoSecondFactor = true
	return o
}

func TestPublishedIsServed(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	p := publication{
		name: "@s/p", version: "1.0.0", access: "public",
		manifest: map[string]any{
			"os": []string{"linux"}, "readme": "# p", "scripts": map[string]string{"postinstall": "x"}, "big": 12345678901234567,
		},
	}
	s.Expect(s.put(p).status).To(Equal(200))

	for _, address := range []string{"/@s%2fp/1.0.0", "/@s%2Fp/latest", "/@s/p/1.0.0"} {
		var m spec.Manifest
		s.Expect(json.Unmarshal([]byte(s.get(address).body), &m)).To(Succeed(), address)
		s.Expect(m.Name).To(Equal(spec.Name("@s/p")))
		s.Expect([]string(m.OS)).To(Equal([]string{"linux"}))
		s.Expect(m.Dist.Tarball).To(Equal(s.url + "/@s/p/-/p-1.0.0.tgz"))
		s.Expect(m.Publisher.Name).To(Equal("sandbox"))
		s.Expect(m.Publisher.TrustedPublisher).To(BeNil())
		file := s.get(m.Dist.Tarball)
		s.Expect(file.header.Get("ETag")).To(Equal(`"` + m.Dist.Integrity.String() + `"`))
		head := s.do(http.MethodHead, m.Dist.Tarball, nil)
		s.Expect(head.status).To(Equal(200))
		s.Expect(head.header.Get("Content-Length")).To(Equal(strconv.Itoa(len(file.body))))
		s.Expect(integrityOf(file.body)).To(Equal(m.Dist.Integrity))
	}
	s.Expect(s.get("/@s/p/-/@s/p-1.0.0.tgz").status).To(Equal(200))
	s.Expect(s.get("/@s%2fp/1.0.0").body).To(ContainSubstring("12345678901234567"))
	s.Expect(s.get("/-/package/@s%2fp/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0"}`))

	full := s.get("/@s%2fp")
	s.Expect(full.field("readme")).To(Equal("# p"))
	s.Expect(full.body).To(And(ContainSubstring(`"time"`), ContainSubstring(`_npmUser`)))
	s.Expect(s.get("/@s%2fp", "If-None-Match: "+full.header.Get("ETag")).status).To(Equal(http.StatusNotModified))
	short := s.get("/@s%2fp", "Accept: application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8")
	s.Expect(short.header.Get("Content-Type")).To(Equal("application/vnd.npm.install-v1+json"))
	s.Expect(short.body).To(And(
		ContainSubstring(`"hasInstallScript":true`), Not(ContainSubstring(`"time"`)), Not(ContainSubstring("_npmUser"))))
}

func TestAbsentIsNotFound(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	for address, body := range map[string]string{
		"/none":                          `{"error":"Not found"}`,
		"/@s%2fnone":                     `{"error":"Not found"}`,
		"/none/1.0.0":                    `"Not Found"`,
		"/-/package/@s%2fnone/dist-tags": `"Not Found"`,
		"/p/2.0.0":                       `"version not found: 2.0.0"`,
		"/p/-/p-2.0.0.tgz":               `{"error":"Not found"}`,
		"/p/-/q-1.0.0.tgz":               `{"error":"Not found"}`,
		"/..%2f..%2fworld":               `"Not Found"`,
		"/-/none":                        `{"error":"Not found"}`,
	} {
		r := s.get(address)
		s.Expect(r.status).To(Equal(404), address)
		s.Expect(r.body).To(MatchJSON(body), address)
	}
}

func TestBadPublishIsRefused(t *testing.T) {
	good := publication{name: "@s/p", version: "1.0.0", access: "public"}
	with := func(change func(*publication)) publication {
		p := good
		change(&p)
		return p
	}
	document := func(change func(map[string]any)) publication {
		return with(func(p *publication) { p.change = change })
	}
	attachment := func(d map[string]any) map[string]any {
		return d["_attachments"].(map[string]any)["@s/p-1.0.0.tgz"].(map[string]any)
	}
	manifest := func(d map[string]any) map[string]any {
		return d["versions"].(map[string]any)["1.0.0"].(map[string]any)
	}
	for name, c := range map[string]struct {
		p      publication
		status int
		says   string
	}{
		"private scope": {with(func(p *publication) { p.access = "" }), 402, "You must sign up for private packages"},
		"restricted":    {with(func(p *publication) { p.access = "restricted" }), 402, "You must sign up"},
		"another name":  {document(func(d map[string]any) { d["name"] = "q" }), 400, "address"},
		"no tag":        {document(func(d map[string]any) { delete(d, "dist-tags") }), 400, "dist-tag"},
		"tag elsewhere": {document(func(d map[string]any) { d["dist-tags"] = map[string]string{"latest": "2.0.0"} }), 400, "2.0.0"},
		"range as tag":  {with(func(p *publication) { p.tag = "1.x" }), 400, "range"},
		"bad version":   {with(func(p *publication) { p.version = "v1" }), 400, "version"},
		"no tarball":    {document(func(d map[string]any) { delete(d, "_attachments") }), 400, "tarball"},
		"no data":       {document(func(d map[string]any) { delete(attachment(d), "data") }), 400, "tarball"},
		"not base64":    {document(func(d map[string]any) { attachment(d)["data"] = "!!!!" }), 400, "base64"},
		"short":         {document(func(d map[string]any) { attachment(d)["length"] = 7 }), 400, "length"},
		"not gzip":      {document(func(d map[string]any) { attachment(d)["data"] = "AAAA"; attachment(d)["length"] = 3 }), 400, "integrity"},
		"integrity":     {document(func(d map[string]any) { manifest(d)["dist"].(map[string]any)["integrity"] = "sha1-x" }), 400, "integrity"},
		"shasum":        {document(func(d map[string]any) { manifest(d)["dist"].(map[string]any)["shasum"] = "00" }), 400, "shasum"},
		"private":       {with(func(p *publication) { p.manifest = map[string]any{"private": true} }), 403, "marked as private"},
		"other inside": {with(func(p *publication) {
			p.files = map[string]string{"package/package.json": `{"name":"@s/p","version":"1.0.1"}`}
		}), 422, "@s/p@1.0.1"},
		"other manifest": {with(func(p *publication) { p.manifest = map[string]any{"name": "@s/q"} }), 422, "@s/q@1.0.0"},
		"nothing inside": {with(func(p *publication) {
			p.files = map[string]string{"package/package.json": "no"}
		}), 422, "package.json"},
		"not a name": {publication{name: "UPPER", version: "1.0.0"}, 400, "upper-case"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := serve(t, plain(sandbox.Options{Dir: dir}))
			r := s.put(c.p)
			s.Expect(r.status).To(Equal(c.status), r.body)
			s.Expect(r.body).To(ContainSubstring(c.says))
			s.Expect(s.get("/" + escaped(c.p.name)).status).To(Equal(404))
			s.Expect(filepath.Glob(filepath.Join(dir, "uploads", "*"))).To(BeEmpty())
		})
	}
}

func TestPackageJSONWithAByteOrderMarkIsTaken(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	r := s.put(publication{name: "p", version: "1.0.0", files: map[string]string{
		"package/package.json": "\ufeff" + `{"name":"p","version":"1.0.0"}`,
	}})
	s.Expect(r.status).To(Equal(200), r.body)
}

func TestCutOffPublishLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, plain(sandbox.Options{Dir: dir}))
	whole, err := json.Marshal(publication{name: "p", version: "1.0.0"}.body(t))
	s.Expect(err).NotTo(HaveOccurred())
	for length := range whole {
		r := s.do(http.MethodPut, "/p", string(whole[:length]), s.session())
		s.Expect(r.status).To(Equal(400), "%d bytes: %s", length, r.body)
	}
	s.Expect(filepath.Glob(filepath.Join(dir, "*s", "*"))).To(BeEmpty(), "packages, tarballs and uploads")
	s.Expect(s.do(http.MethodPut, "/p", string(whole), s.session()).status).To(Equal(200))
}

func TestScanWindow(t *testing.T) {
	s := serve(t, plain(sandbox.Options{ScanDelay: func(_ spec.Name, v spec.Version) time.Duration {
		if v == "1.0.0" {
			return 5 * time.Minute
		}
		return 10 * time.Minute
	}}))
	reads := func(version string) []int {
		var statuses []int
		for _, address := range []string{"/p", "/p/" + version, "/p/latest", "/p/-/p-" + version + ".tgz", "/-/package/p/dist-tags"} {
			statuses = append(statuses, s.get(address).status)
		}
		return statuses
	}
	p := publication{name: "p", version: "1.0.0"}
	s.Expect(s.put(p).status).To(Equal(200))
	s.Expect(reads("1.0.0")).To(HaveEach(404))
	again := s.put(p)
	s.Expect(again.status).To(Equal(409))
	s.Expect(again.field("error")).To(Equal(`Cannot publish over previously staged version "1.0.0".`))
	s.Expect(s.do(http.MethodPut, "/-/package/p/dist-tags/next", `"1.0.0"`, s.session()).status).To(Equal(200))
	s.Expect(s.get("/-/package/p/trust", s.session()).status).To(Equal(200))

	s.clock.Pass(5 * time.Minute)
	s.Expect(reads("1.0.0")).To(HaveEach(200))
	again = s.put(p)
	s.Expect(again.status).To(Equal(403))
	s.Expect(again.field("error")).To(Equal("You cannot publish over the previously published versions: 1.0.0."))

	s.Expect(s.put(publication{name: "p", version: "1.1.0"}).status).To(Equal(200))
	s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
	s.Expect(s.get("/p").body).NotTo(ContainSubstring("1.1.0"))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0","next":"1.0.0"}`))
	s.clock.Pass(10 * time.Minute)
	s.Expect(reads("1.1.0")).To(HaveEach(200))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(MatchJSON(`{"latest":"1.1.0","next":"1.0.0"}`))
}

func TestTagsBeforeServed(t *testing.T) {
	s := serve(t, plain(sandbox.Options{
		TagsBeforeServed: true, ScanDelay: func(spec.Name, spec.Version) time.Duration { return time.Minute },
	}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0"}`))
	s.Expect(s.get("/p").status).To(Equal(404))
}

func TestDistTags(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	tag := func(method, tag string, body any) int {
		return s.do(method, "/-/package/p/dist-tags/"+tag, body, s.session()).status
	}
	s.Expect(s.put(publication{name: "p", version: "1.0.0-rc.1", tag: "next"}).status).To(Equal(200))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0-rc.1","next":"1.0.0-rc.1"}`), "npm gives a latest")
	s.Expect(s.put(publication{name: "p", version: "1.0.0-rc.2", tag: "next"}).status).To(Equal(200))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0-rc.1","next":"1.0.0-rc.2"}`))
	s.Expect(tag(http.MethodPut, "beta", "1.0.0-rc.1")).To(Equal(400), "no JSON")
	s.Expect(tag(http.MethodPut, "beta", `"1.0.0-rc.1"`)).To(Equal(200))
	s.Expect(tag(http.MethodPut, "beta", `"3.0.0"`)).To(Equal(404))
	s.Expect(tag(http.MethodPut, "1.x", `"1.0.0-rc.1"`)).To(Equal(400))
	s.Expect(tag(http.MethodDelete, "next", nil)).To(Equal(200))
	s.Expect(tag(http.MethodDelete, "next", nil)).To(Equal(404))
	s.Expect(tag(http.MethodDelete, "latest", nil)).To(Equal(400))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(MatchJSON(`{"latest":"1.0.0-rc.1","beta":"1.0.0-rc.1"}`))
	s.Expect(s.do(http.MethodPut, "/-/package/none/dist-tags/next", `"1.0.0"`, s.session()).status).To(Equal(404))
}

// Two worlds on one folder stand for two processes, since a lock belongs to an open file.
func TestOneOfTwoPublishesWins(t *testing.T) {
	dir := t.TempDir()
	sites := []*site{serve(t, plain(sandbox.Options{Dir: dir})), serve(t, plain(sandbox.Options{Dir: dir}))}
	for round := range 40 {
		version := spec.Version("1.0.0")
		for range round {
			version = version.Next()
		}
		bodies := [4]map[string]any{}
		for i := range bodies {
			bodies[i] = publication{
				name: "p", version: version.String(), files: map[string]string{"package/who": string(rune('a' + i))},
			}.body(t)
		}
		var statuses [len(bodies)]int
		var group sync.WaitGroup
		for i, body := range bodies {
			group.Go(func() {
				s := sites[i%2]
				if r, err := s.try(http.MethodPut, "/p", body, s.session()); err == nil {
					statuses[i] = r.status
				}
			})
		}
		group.Wait()
		g := NewWithT(t)
		g.Expect(statuses).To(ConsistOf(200, 403, 403, 403))
		for i, status := range statuses {
			if status == 200 { // the file is the winner's, by both worlds
				sent := bodies[i]["versions"].(map[string]any)[version.String()].(map[string]any)["dist"].(map[string]any)["integrity"]
				for _, s := range sites {
					file := s.get("/p/-/p-" + version.String() + ".tgz")
					g.Expect(file.header.Get("ETag")).To(Equal(`"` + sent.(spec.Integrity).String() + `"`))
					g.Expect(integrityOf(file.body)).To(Equal(sent))
				}
			}
		}
	}
	NewWithT(t).Expect(os.ReadDir(filepath.Join(dir, "tarballs", "p"))).To(HaveLen(40))
}

func TestWhoMayPublish(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	body := publication{name: "p", version: "1.0.0"}.body(t)
	s.Expect(s.do(http.MethodPut, "/p", body).status).To(Equal(401))
	bad := s.do(http.MethodPut, "/p", body, "Authorization: Bearer npm_unknown")
	s.Expect(bad.status).To(Equal(404))
	s.Expect(bad.header.Get("npm-notice")).To(ContainSubstring("expired or revoked"))
	s.Expect(s.do(http.MethodPut, "/p", body, "Authorization: Basic eDp5").status).To(Equal(404))
	s.Expect(s.get("/-/whoami", s.session()).body).To(MatchJSON(`{"username":"sandbox"}`))
	s.Expect(s.get("/-/whoami").status).To(Equal(401))
}

func TestAShrinkwrapIsToldOfAsNPMDoes(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	for version, files := range map[string]map[string]string{
		"1.0.0": {"package/npm-shrinkwrap.json": "{}"},
		"1.0.1": {"package/lib/npm-shrinkwrap.json": "{}", "package/package-lock.json": "{}"},
	} {
		p := publication{name: "p", version: version, files: files, manifest: map[string]any{"_hasShrinkwrap": "what a client says counts for nothing"}}
		s.Expect(s.put(p).status).To(Equal(200))
		told := `"_hasShrinkwrap":` + strconv.FormatBool(version == "1.0.0")
		s.Expect(s.get("/p/" + version).body).To(ContainSubstring(told))
		s.Expect(s.get("/p", "Accept: application/vnd.npm.install-v1+json").body).To(ContainSubstring(told), "npm installs by this one")
	}
}
