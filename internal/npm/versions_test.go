package npm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestVersionsAreReadPastCachesAndSorted(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.RequestURI).To(HavePrefix("/@s%2fp?fresh="))
		g.Expect(r.Header.Get("Accept")).To(HavePrefix("application/vnd.npm.install-v1+json"))
		g.Expect(r.Header).NotTo(HaveKey("Authorization"))
		answer(200, `{"modified":"2026-10-01T00:00:00Z","name":"@s/p","dist-tags":{"latest":"1.10.0"},"versions":{
			"1.10.0":{"name":"@s/p","version":"9.9.9","dist":{"versions":{"8.8.8":{}}}},"1.9.0":{},"2.0.0-rc.1":{},"0.0.1":{},
			"1.0":{},"v3.0.0":{},"4.0.0+build":{}},"time":{"7.7.7":"x"}}`)(w, r)
	})
	g.Expect(client.Versions(t.Context(), scoped)).To(Equal([]spec.Version{"0.0.1", "1.9.0", "1.10.0", "2.0.0-rc.1"}))
}

func TestVersionsOfWhatIsNotThere(t *testing.T) {
	g := NewWithT(t)
	_, err := serve(t, answer(404, `{"error":"Not found"}`)).Versions(t.Context(), scoped)
	g.Expect(err).To(MatchError(spec.ErrNotFound))
	_, err = serve(t, answer(401, `{}`)).Versions(t.Context(), scoped)
	g.Expect(err).To(MatchError(spec.ErrRefused))
	_, err = serve(t, answer(200, `{}`)).Versions(t.Context(), "")
	g.Expect(err).To(MatchError(ContainSubstring("without a name")))
}

func TestAPackumentWithoutVersions(t *testing.T) {
	for _, body := range []string{`{}`, `{"versions":{}}`, `{"versions":null}`, `{"time":{"unpublished":{}}}`} {
		g := NewWithT(t)
		g.Expect(serve(t, answer(200, body)).Versions(t.Context(), scoped)).To(BeEmpty(), body)
	}
}

func TestPackumentsThatAreNone(t *testing.T) {
	many := `{"versions":{"1.0.0":0` + strings.Repeat(`,"1.0.0":0`, 100_000) + `}}`
	for body, said := range map[string]string{
		`<html>`:                               "not what it should be",
		`[]`:                                   "an object is expected",
		`{"versions":[]}`:                      "an object is expected",
		`{"versions":{"1.0.0"}}`:               "not what it should be",
		`{"name":"other"}`:                     `it is of "other"`,
		`{"name":7}`:                           "not what it should be",
		`{"versions":"\u001b]0;x"}`:            "an object is expected",
		many:                                   "more than 100000 versions",
		strings.Repeat("[", 100_000):           "an object is expected",
		`{"x":` + strings.Repeat("[", 100_000): "exceeded max depth",
	} {
		g := NewWithT(t)
		asked := 0
		client := serve(t, func(w http.ResponseWriter, r *http.Request) { asked++; answer(200, body)(w, r) })
		_, err := client.Versions(t.Context(), scoped)
		g.Expect(err).To(MatchError(And(ContainSubstring("reading the versions of @s/p"), ContainSubstring(said))))
		g.Expect(err.Error()).NotTo(ContainSubstring("\x1b"))
		g.Expect(len(err.Error())).To(BeNumerically("<", 600))
		g.Expect(asked).To(Equal(1), "asking again would not help")
	}
}

func TestVersionsAreAskedForAgain(t *testing.T) {
	const whole = `{"versions":{"1.0.0":{}}}`
	for name, first := range map[string]http.HandlerFunc{
		"after a failure": answer(503, "busy"),
		"where the answer is cut off by its length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = fmt.Fprint(w, `{"versions":{"0.9.0":{},`)
		},
		"where the answer ends early":      answer(200, `{"versions":{"0.9.0":{},`),
		"where the answer ends in a value": answer(200, `{"versions":{"0.9.0":{"a`),
		"where the answer is empty":        answer(200, ``),
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 1 {
					first(w, r)
					return
				}
				answer(200, whole)(w, r)
			})
			NewWithT(t).Expect(client.Versions(t.Context(), scoped)).To(Equal([]spec.Version{"1.0.0"}))
		})
	}
}

func TestAPackumentWithoutEndIsLeft(t *testing.T) {
	g := NewWithT(t)
	client := clientOf(t, "http://registry.example.test", func(o *npm.Options) {
		o.ReadTimeout = time.Hour // only its size is to end it
		o.Transport = bodies(func(*http.Request) io.Reader { return io.MultiReader(strings.NewReader(`{"readme":"`), unending{}) })
	})
	_, err := client.Versions(t.Context(), scoped)
	g.Expect(err).To(MatchError(ContainSubstring("more than 64 MiB")))
}

// unending is a text without end.
type unending struct{}

func (unending) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// bodies answers each request with a body of its own.
type bodies func(*http.Request) io.Reader

func (b bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(b(r)), Request: r}, nil
}

// reads is a body that calls do when it is read.
type reads func(p []byte) (int, error)

func (r reads) Read(p []byte) (int, error) { return r(p) }

// large is a packument of more than what is read beside others, whose end waits.
func large(wait func()) io.Reader {
	waiting := reads(func([]byte) (int, error) { wait(); return 0, io.EOF })
	return io.MultiReader(strings.NewReader(`{"versions":`+strings.Repeat(" ", 2<<20)), waiting, strings.NewReader(`{"1.0.0":{}}}`))
}

func TestLargePackumentsAreReadOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		goOn := make(chan struct{})
		client := clientOf(t, "http://registry.example.test", func(o *npm.Options) {
			o.Transport = bodies(func(r *http.Request) io.Reader {
				switch r.URL.Path {
				case "/slow":
					return large(func() { <-goOn })
				case "/large":
					return large(func() {})
				}
				return strings.NewReader(`{"versions":{"3.0.0":{}}}`)
			})
		})
		read := func(name spec.Name) <-chan []spec.Version {
			done := make(chan []spec.Version, 1)
			go func() {
				versions, err := client.Versions(t.Context(), name)
				g.Expect(err).NotTo(HaveOccurred())
				done <- versions
			}()
			synctest.Wait() // until it is done, or waits
			return done
		}
		slow, large, small := read("slow"), read("large"), read("small")
		g.Expect(small).To(Receive(Equal([]spec.Version{"3.0.0"})), "small ones are read beside it")
		g.Expect(large).NotTo(Receive())
		close(goOn)
		synctest.Wait()
		g.Expect(slow).To(Receive(Equal([]spec.Version{"1.0.0"})))
		g.Expect(large).To(Receive(Equal([]spec.Version{"1.0.0"})))
	})
}

func TestTheQueueForLargePackumentsTakesNobodysTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var late atomic.Int64
		client := clientOf(t, "http://registry.example.test", func(o *npm.Options) {
			o.ReadTimeout = 30 * time.Second
			o.Transport = bodies(func(r *http.Request) io.Reader {
				return large(func() {
					<-time.After(20 * time.Second)
					if r.Context().Err() != nil {
						late.Add(1)
					}
				})
			})
		})
		began := time.Now()
		failures := make(chan error, 3)
		for _, name := range []spec.Name{"a", "b", "c"} {
			go func() { _, err := client.Versions(t.Context(), name); failures <- err }()
		}
		for range cap(failures) {
			g.Expect(<-failures).NotTo(HaveOccurred())
		}
		g.Expect(late.Load()).To(BeZero())
		g.Expect(time.Since(began)).To(Equal(time.Minute), "one after the other")
	})
}

func TestWaitingForALargePackumentEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		goOn := make(chan struct{})
		client := clientOf(t, "http://registry.example.test", func(o *npm.Options) {
			o.Transport = bodies(func(*http.Request) io.Reader { return large(func() { <-goOn }) })
		})
		stopped := errors.New("stopped")
		ctx, stop := context.WithCancelCause(t.Context())
		failures := make(chan error, 2)
		go func() { _, err := client.Versions(t.Context(), "slow"); failures <- err }()
		synctest.Wait()
		go func() { _, err := client.Versions(ctx, "large"); failures <- err }()
		synctest.Wait()
		stop(stopped)
		g.Expect(<-failures).To(MatchError(stopped))
		close(goOn)
		g.Expect(<-failures).NotTo(HaveOccurred(), "the other one goes on")
	})
}
