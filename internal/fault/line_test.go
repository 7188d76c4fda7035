package fault_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

func TestLineBreaksUnderAnUpload(t *testing.T) {
	for _, c := range []struct {
		fault  string
		want   any // a status, or the error
		landed int
	}{
		{"reset-before", syscall.ECONNRESET, 0},
		{"reset-during,on=publish", syscall.ECONNRESET, 0},
		{"reset-during,bytes=100,on=publish", syscall.ECONNRESET, 0},
		{"reset-after", syscall.ECONNRESET, 0},
		{"lost", io.EOF, 1},
		{"lost-5xx", 502, 1},
		{"accepted-as-409", 409, 1},
		{"lost,of=q", 201, 1},
		{"lost,on=tags", 201, 1},
		{"lost,after=1", 201, 1},
	} {
		t.Run(c.fault, func(t *testing.T) {
			s := open(t, c.fault)
			a := s.publish("p", "1.1.0")
			switch c.want {
			case syscall.ECONNRESET: // in the midst of sending a client may say it in other words
				s.Expect(a.err).To(HaveOccurred())
			case io.EOF:
				s.Expect(a.err).To(MatchError(io.EOF))
			default:
				s.Expect(a.err).NotTo(HaveOccurred())
				s.Expect(a.status).To(Equal(c.want))
			}
			s.Expect(s.uploads()).To(HaveLen(c.landed))
			for _, body := range s.uploads() {
				s.Expect(body == upload("p", "1.1.0")).To(BeTrue())
			}
		})
	}
}

func TestAcceptedAs409LeavesRefusalsAlone(t *testing.T) {
	s := open(t, "accepted-as-409")
	s.Expect(s.publish("p", "1.1.0").body).To(Equal(`{"error":"Cannot publish over previously staged version"}`))
	s.status = http.StatusForbidden
	s.Expect(s.publish("p", "1.1.0").status).To(Equal(http.StatusForbidden))
}

func TestLineBreaksUnderAnAnswer(t *testing.T) {
	whole := fmt.Sprintf(`{"dist":{"integrity":%q},"name":"p","version":"1.0.0"}`, rightly)
	for _, c := range []struct {
		fault, path, got string
		want             error
	}{
		{"truncated", "/p/1.0.0", whole[:len(whole)/2], io.ErrUnexpectedEOF},
		{"truncated,bytes=3", "/p/1.0.0", whole[:3], io.ErrUnexpectedEOF},
		{"truncated,bytes=3000", "/p/1.0.0", whole[:len(whole)-1], io.ErrUnexpectedEOF},
		{"truncated,bytes=3", "/p/-/p-1.0.0.tgz", tarball[:3], io.ErrUnexpectedEOF},
		{"reset-during,bytes=3", "/p/1.0.0", "", syscall.ECONNRESET}, // what was not read yet may be gone too
		{"reset-before", "/p/1.0.0", "", syscall.ECONNRESET},
		{"lost,on=manifest", "/p/1.0.0", "", io.EOF},
	} {
		t.Run(c.fault+" "+c.path, func(t *testing.T) {
			s := open(t, c.fault)
			a := s.get(c.path)
			s.Expect(a.err).To(MatchError(c.want))
			if c.got != "" {
				s.Expect(a.status).To(Equal(200))
				s.Expect(a.body).To(Equal(c.got))
			}
		})
	}
}

func TestResetBeforeGivesNoLeaveToSend(t *testing.T) {
	s := open(t, "reset-before", "slow")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	s.Expect(err).NotTo(HaveOccurred())
	defer conn.Close()
	_, err = io.WriteString(conn, "PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
	s.Expect(err).NotTo(HaveOccurred())
	line, err := bufio.NewReader(conn).ReadString('\n')
	s.Expect(line).To(BeEmpty())
	s.Expect(err).To(MatchError(syscall.ECONNRESET))
}

func TestCountsHoldUnderConcurrency(t *testing.T) {
	s := open(t, "503,after=7,times=5", "500,times=3")
	var mu sync.Mutex
	seen := map[int]int{}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			a := s.get("/-/package/p/dist-tags")
			mu.Lock()
			defer mu.Unlock()
			seen[a.status]++
		})
	}
	all.Wait()
	s.Expect(seen).To(Equal(map[int]int{503: 5, 500: 3, 200: 32}))
	s.Expect(s.layer.Hits()).To(HaveLen(8))
}

func TestAnOutageEnds(t *testing.T) {
	s := open(t, "503,for=10m")
	s.Expect(s.get("/p").status).To(Equal(503))
	s.now = s.now.Add(10*time.Minute - time.Second)
	s.Expect(s.get("/p").status).To(Equal(503))
	s.now = s.now.Add(time.Second)
	s.Expect(s.get("/p").status).To(Equal(200))
}

func TestLayerInFrontOfAnotherServerKeepsHostPathAndBody(t *testing.T) {
	s := open(t)
	target, err := url.Parse(s.url)
	s.Expect(err).NotTo(HaveOccurred())
	layer := fault.New(fault.Options{Faults: []fault.Fault{{Kind: fault.Lost}}})
	hosts := make(chan string, 1)
	proxy := httptest.NewServer(layer.Wrap(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		hosts <- r.In.Host
		r.SetURL(target)
	}}))
	defer proxy.Close()
	s.url = proxy.URL
	s.Expect(s.publish("@s%2fp", "1.0.0").err).To(MatchError(io.EOF))
	s.Expect(<-hosts).To(Equal(strings.TrimPrefix(proxy.URL, "http://")))
	s.Expect(s.uploads()).To(HaveLen(1))
	s.Expect(s.get("/@s%2fp/1.0.0?a=b").status).To(Equal(200))
	s.Expect(s.requests()).To(Equal([]string{"PUT /@s%2fp", "GET /@s%2fp/1.0.0?a=b"}))
}
