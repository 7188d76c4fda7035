package fault_test

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestStaleAnswersAsAtFirst(t *testing.T) {
	const tags = "/-/package/p/dist-tags"
	s := open(t, "stale,for=5m")
	first := s.get(tags)
	s.Expect(first.body).To(Equal(`{"latest":"1.0.0"}`))
	s.Expect(s.get("/p/-/p-1.1.0.tgz").status).To(Equal(200))
	s.tag("p", "latest", "1.1.0")
	s.now = s.now.Add(time.Minute)

	again := s.get(tags + "?write=true")
	s.Expect(again.body).To(Equal(first.body))
	s.Expect(again.header.Get("Age")).To(Equal("60"))
	s.Expect(s.do("GET", tags, "", "If-None-Match", first.header.Get("ETag")).status).To(Equal(http.StatusNotModified))
	s.Expect(s.layer.Hits()).To(HaveLen(2))

	s.now = s.now.Add(4 * time.Minute)
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.1.0"}`))
	s.Expect(s.publish("p", "1.2.0").status).To(Equal(201))
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.1.0"}`))
	s.layer.Clear()
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.2.0"}`))
}

func TestStale404KeepsOnlyThose(t *testing.T) {
	s := open(t, "stale-404,times=2")
	s.Expect(s.get("/q").status).To(Equal(404))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(Equal(`{"latest":"1.0.0"}`))
	s.tag("q", "latest", "1.0.0")
	s.tag("p", "latest", "1.1.0")
	s.Expect(s.get("/q?x").status).To(Equal(404))
	s.Expect(s.get("/q/1.0.0").status).To(Equal(200))
	s.Expect(s.get("/-/package/p/dist-tags").body).To(Equal(`{"latest":"1.1.0"}`))
	s.Expect(s.get("/q").header.Get("Age")).To(Equal("0"))
	s.Expect(s.get("/q").status).To(Equal(200))
}

func TestManifest404HidesTheVersionButNotItsTarball(t *testing.T) {
	s := open(t, "manifest-404,of=p@1.1.*,for=1h")
	s.tag("p", "next", "1.1.0")
	s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
	s.Expect(s.get("/p/1.0.0").status).To(Equal(200))
	s.Expect(s.get("/p").body).To(And(ContainSubstring(`"1.0.0"`), Not(ContainSubstring("1.1.0"))))
	s.Expect(s.get("/p/-/p-1.1.0.tgz").body).To(Equal(tarball))
	s.now = s.now.Add(time.Hour - time.Second)
	s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
	s.now = s.now.Add(time.Second)
	s.Expect(s.get("/p/1.1.0").status).To(Equal(200))
	s.Expect(s.get("/p").body).To(ContainSubstring("1.1.0"))
	s.tag("p", "next", "1.1.1")
	s.Expect(s.get("/p").body).NotTo(ContainSubstring("1.1.1"))
	s.layer.Clear()
	s.Expect(s.get("/p").body).To(ContainSubstring("1.1.1"))
}

func TestTarball404(t *testing.T) {
	s := open(t, "tarball-404,for=1h")
	s.Expect(s.do("HEAD", "/p/-/p-1.0.0.tgz", "").status).To(Equal(404))
	s.Expect(s.get("/p/1.0.0").status).To(Equal(200))
	s.now = s.now.Add(time.Hour)
	s.Expect(s.get("/p/-/p-1.0.0.tgz").body).To(Equal(tarball))
}

func TestTagLag(t *testing.T) {
	const tags = "/-/package/p/dist-tags"
	s := open(t, "tag-lag,for=10m")
	s.Expect(s.get("/-/package/q/dist-tags").status).To(Equal(404))
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.0.0"}`))
	s.now = s.now.Add(time.Hour)
	s.tag("p", "latest", "1.1.0")
	s.tag("q", "latest", "1.0.0")
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.0.0"}`))
	s.Expect(s.get("/p").body).To(ContainSubstring(`"dist-tags":{"latest":"1.0.0"}`))
	s.Expect(s.get("/-/package/q/dist-tags").status).To(Equal(200))
	s.now = s.now.Add(10 * time.Minute)
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.1.0"}`))
}

func TestNeverServed(t *testing.T) {
	const tags = "/-/package/p/dist-tags"
	s := open(t, "never-served,times=2,for=1h")
	s.tag("p", "next", "0.9.0")
	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.0.0","next":"0.9.0"}`))
	s.Expect(s.publish("p", "1.1.0").status).To(Equal(201))
	s.Expect(s.publish("q", "1.0.0").status).To(Equal(201))
	s.Expect(s.publish("r", "1.0.0").status).To(Equal(201))
	s.Expect(s.uploads()[0] == upload("p", "1.1.0")).To(BeTrue())

	s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.0.0","next":"0.9.0"}`))
	s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
	s.Expect(s.do("HEAD", "/p/1.1.0", "").status).To(Equal(404))
	s.Expect(s.do("HEAD", "/p/-/p-1.1.0.tgz", "").status).To(Equal(404))
	s.Expect(s.get("/p").body).To(And(ContainSubstring(`"latest":"1.0.0"`), Not(ContainSubstring("1.1.0"))))
	for _, path := range []string{"/-/package/q/dist-tags", "/q", "/q/1.0.0", "/q/-/q-1.0.0.tgz"} {
		s.Expect(s.get(path).status).To(Equal(404), path)
	}
	s.Expect(s.get("/r/1.0.0").status).To(Equal(200))
	s.Expect(s.get("/p/1.0.0").status).To(Equal(200))

	s.now = s.now.Add(time.Hour)
	s.Expect(s.get(tags).body).To(ContainSubstring("1.1.0"))
	s.Expect(s.get("/q/1.0.0").status).To(Equal(200))
}

func TestNeverServedHidesNothingThatWasRefused(t *testing.T) {
	s := open(t, "never-served,times=1")
	s.status = http.StatusForbidden
	s.Expect(s.publish("p", "1.0.0").status).To(Equal(403))
	s.Expect(s.get("/p/1.0.0").status).To(Equal(200))
	s.Expect(s.layer.Hits()).To(BeEmpty())
	s.status = 0
	s.Expect(s.publish("p", "1.1.0").status).To(Equal(201))
	s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
}

func TestNeverServedHearsTheVersionInAnyOrder(t *testing.T) {
	for name, body := range map[string]string{
		"of the versions":  `{"name":"p","readme":{"a":[1]},"versions":{"1.1.0":{"version":"9.9.9"}},"dist-tags":{"latest":"1.1.0"}}`,
		"of the dist-tags": `{"dist-tags":{"latest":"1.1.0"},"_attachments":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "never-served")
			s.Expect(s.do("PUT", "/p", body).status).To(Equal(201))
			s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
		})
	}
	for _, body := range []string{"", "[]", `{"a":`, `{"versions":[]}`, `{"versions":{}}`, `{"_attachments":{},"versions":{"1.1.0":{}}}`} {
		t.Run("none in "+body, func(t *testing.T) {
			s := open(t, "never-served")
			s.Expect(s.do("PUT", "/p", body).status).To(Equal(201))
			s.Expect(s.uploads()).To(Equal([]string{body}))
			s.Expect(s.layer.Hits()).To(BeEmpty())
		})
	}
}

func TestLastingFaultsAlsoSeeWhatASuddenOneHandsOn(t *testing.T) {
	s := open(t, "lost-5xx", "never-served")
	s.Expect(s.publish("p", "1.1.0").status).To(Equal(502))
	s.Expect(s.get("/p/1.1.0").status).To(Equal(404))
}

func TestWrongIntegrity(t *testing.T) {
	s := open(t, "wrong-integrity,of=p@1.0.0")
	s.tag("p", "next", "1.1.0")
	s.Expect(s.get("/p/1.0.0").body).To(And(MatchRegexp(`"integrity":"sha512-[A-Za-z0-9+/]{86}=="`), Not(ContainSubstring(rightly))))
	s.Expect(s.get("/p/1.1.0").body).To(ContainSubstring(rightly))
	s.Expect(s.get("/p").body).To(And(MatchRegexp(`"integrity":"sha512-[A-Za-z0-9+/]{86}=="`), ContainSubstring(rightly)))
	s.Expect(s.get("/p/1.0.0").body).To(Equal(s.get("/p/1.0.0").body))
}

func TestWrongBytes(t *testing.T) {
	s := open(t, "wrong-bytes,times=1", "wrong-bytes,bytes=2,after=1")
	middle := len(tarball) / 2
	for _, at := range []int{middle, 2} {
		want := []byte(tarball)
		want[at] ^= 0xff
		s.Expect(s.get("/p/-/p-1.0.0.tgz").body).To(Equal(string(want)))
	}
}
