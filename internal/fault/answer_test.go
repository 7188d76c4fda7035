package fault_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestAnswersInTheRegistrysPlace(t *testing.T) {
	const tags = "/-/package/p/dist-tags"
	for _, c := range []struct {
		fault  string
		status int
		check  func(g *WithT, a answer)
	}{
		{"500", 500, nil}, {"502", 502, nil}, {"504", 504, nil}, {"408", 408, nil},
		{"503,retry-after=30", 503, func(g *WithT, a answer) { g.Expect(a.header.Get("Retry-After")).To(Equal("30")) }},
		{"500,retry-after=30", 500, func(g *WithT, a answer) { g.Expect(a.header).NotTo(HaveKey("Retry-After")) }},
		{"429", 429, func(g *WithT, a answer) { g.Expect(a.header).NotTo(HaveKey("Retry-After")) }},
		{"429,retry-after=soon", 429, func(g *WithT, a answer) { g.Expect(a.header.Get("Retry-After")).To(Equal("soon")) }},
		{"429,retry-after=date:+30m", 429, func(g *WithT, a answer) {
			g.Expect(a.header.Get("Retry-After")).To(Equal("Thu, 01 Oct 2026 12:30:00 GMT"))
		}},
		{"html", 502, func(g *WithT, a answer) { g.Expect(a.body).To(HavePrefix("<!DOCTYPE html>")) }},
		{"forbidden", 403, func(g *WithT, a answer) {
			var body map[string]string
			g.Expect(json.Unmarshal([]byte(a.body), &body)).To(Succeed())
			g.Expect(body["error"]).To(And(ContainSubstring("\x1b]0;"), ContainSubstring("\a"), ContainSubstring("\u009b")))
		}},
		{"garbage", 200, func(g *WithT, a answer) { g.Expect(json.Valid([]byte(a.body))).To(BeFalse()) }},
		{"empty", 200, func(g *WithT, a answer) { g.Expect(a.body).To(Equal("{}")) }},
		{"flood,bytes=100000", 200, func(g *WithT, a answer) { g.Expect(len(a.body)).To(BeNumerically("~", 100_000, 100)) }},
		{"redirect-loop", 302, func(g *WithT, a answer) { g.Expect(a.header.Get("Location")).To(Equal(tags + "?write=true")) }},
		{"redirect-away", 302, func(g *WithT, a answer) {
			g.Expect(a.header.Get("Location")).To(Equal("http://127.0.0.1:1" + tags + "?write=true"))
		}},
		{"redirect-away,to=http://127.0.0.1:2/", 302, func(g *WithT, a answer) {
			g.Expect(a.header.Get("Location")).To(HavePrefix("http://127.0.0.1:2/-/package/"))
		}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			s := open(t, c.fault)
			a := s.get(tags + "?write=true")
			s.Expect(a.err).NotTo(HaveOccurred())
			s.Expect(a.status).To(Equal(c.status))
			if c.check != nil {
				c.check(s.WithT, a)
			}
			s.Expect(s.requests()).To(BeEmpty())
			s.Expect(s.layer.Hits()).To(HaveLen(1))
			s.Expect(s.layer.Hits()[0]).To(And(
				HaveField("Method", "GET"), HaveField("Path", tags), HaveField("At", s.now), HaveField("Fault.String()", c.fault)))
		})
	}
}

func TestAnUploadIsAnsweredWhenItWasRead(t *testing.T) {
	s := open(t, "502,times=1", "503")
	for _, status := range []int{502, 503} {
		a := s.do("PUT", "/p", upload("p", "1.1.0"))
		s.Expect(a.err).NotTo(HaveOccurred())
		s.Expect(a.status).To(Equal(status))
	}
	s.Expect(s.uploads()).To(BeEmpty())
}

func TestARefusalComesBeforeTheBodyWhereTheClientAsksFirst(t *testing.T) {
	s := open(t, "503,on=publish,times=1", "502,on=publish", "redirect-away,on=exchange")
	read := &counted{Reader: strings.NewReader(upload("p", "1.1.0"))}
	request, err := http.NewRequest(http.MethodPut, s.url+"/p", read)
	s.Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Expect", "100-continue")
	response, err := s.http.Do(request)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(response.Body.Close()).To(Succeed())
	s.Expect(response.StatusCode).To(Equal(503))
	s.Expect(read.n).To(BeZero())
	s.Expect(s.do("PUT", "/p", upload("p", "1.1.0"), "Expect", "100-continue").status).To(Equal(502))
	s.Expect(s.do("POST", "/-/npm/v1/oidc/token/exchange/package/p", "").status).To(Equal(http.StatusTemporaryRedirect))
}

type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestHangAndSlowEndWithTheirClientAndWithTheFault(t *testing.T) {
	const tags = "/-/package/p/dist-tags"
	for _, c := range []struct{ fault, method, path, body, rest string }{
		{"hang", "GET", tags, "", ""},
		{"hang,on=publish+tags", "PUT", "/p", upload("p", "1.0.0"), ""},
		{"slow,bytes=3", "GET", tags, "", `{"latest":"1.0.0"}`},
	} {
		t.Run(c.fault, func(t *testing.T) {
			s := open(t, c.fault)
			ctx, leave := context.WithCancel(t.Context())
			request, err := http.NewRequestWithContext(ctx, c.method, s.url+c.path, strings.NewReader(c.body))
			s.Expect(err).NotTo(HaveOccurred())
			left := make(chan error)
			go func() {
				response, err := s.http.Do(request)
				if err == nil {
					_, err = io.ReadAll(response.Body)
				}
				left <- err
			}()
			s.Eventually(s.layer.Hits, "10s").Should(HaveLen(1))
			leave()
			s.Expect(<-left).To(MatchError(context.Canceled))

			done := make(chan answer)
			go func() { done <- s.get(tags) }()
			s.Eventually(s.layer.Hits, "10s").Should(HaveLen(2))
			s.layer.Clear()
			s.Expect((<-done).body).To(Equal(c.rest))
			s.Expect(s.get(tags).body).To(Equal(`{"latest":"1.0.0"}`))
			s.Expect(s.layer.Hits()).To(HaveLen(2))
		})
	}
}
