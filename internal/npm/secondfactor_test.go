package npm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// guarded is a registry whose writes want a second factor. Its page counts as agreed to after some polls.
type guarded struct {
	origin string // set once it is served
	polls  int    // answered with 202 for each page
	after  string // the Retry-After of those
	good   func(code string) bool

	mu      sync.Mutex
	pages   int
	waiting int
	sent    []string // method and code of every call but polls
}

func (g *guarded) handler(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	code := r.Header.Get("npm-otp")
	switch {
	case r.URL.Path == "/-/done":
		if r.Header.Get("Authorization") != "Bearer "+session {
			answer(401, "")(w, r)
			return
		}
		if g.waiting++; g.waiting <= g.polls {
			answer(202, "", "Retry-After", g.after)(w, r)
			return
		}
		g.waiting = 0
		answer(200, fmt.Sprintf(`{"token":"code-%d"}`, g.pages))(w, r)
		return
	case g.good(code):
		answer(200, `[]`)(w, r)
	default:
		answer(401, fmt.Sprintf(`{"authUrl":"%s/-/auth","doneUrl":"%s/-/done?id=1"}`, g.origin, g.origin),
			"WWW-Authenticate", "Bearer, OTP")(w, r)
	}
	g.sent = append(g.sent, r.Method+" "+code)
}

func (g *guarded) show(_ context.Context, page string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if page != g.origin+"/-/auth" {
		return errors.New("another page: " + page)
	}
	g.pages++
	return nil
}

func (g *guarded) client(t *testing.T, otp string) *npm.Client {
	server := httptest.NewServer(http.HandlerFunc(g.handler))
	t.Cleanup(server.Close)
	g.origin = server.URL
	return clientOf(t, server.URL, func(o *npm.Options) {
		o.SecondFactor = &npm.SecondFactor{OTP: spec.NewSecret(otp), Show: g.show}
	})
}

func create(t *testing.T, client *npm.Client) error {
	_, err := client.CreateTrustedPublisher(t.Context(), scoped, spec.TrustedPublisher{Type: "circleci"})
	return err
}

func TestOnePageServesAllCalls(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{polls: 2, good: func(code string) bool { return code == "code-1" }}
	client := registry.client(t, "")
	var calls sync.WaitGroup
	human := npm.NewCredential(spec.NewSecret(session), time.Time{})
	problems := make([]error, 8)
	for i := range problems {
		calls.Go(func() {
			if i%2 == 0 {
				problems[i] = create(t, client)
			} else {
				problems[i] = client.Publish(t.Context(), publication("x"), human)
			}
		})
	}
	calls.Wait()
	g.Expect(errors.Join(problems...)).NotTo(HaveOccurred())
	g.Expect(registry.pages).To(Equal(1))
	g.Expect(registry.sent).To(HaveLen(9), "one finds out for the rest: %v", registry.sent)
}

func TestAHumanIsNotWaitedForByWhatGoesOn(t *testing.T) {
	for name, during := range map[string]bool{"before the page": false, "with the page open": true} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			registry := &guarded{polls: 1 << 30, good: func(string) bool { return false }}
			ctx, cancel := context.WithCancel(t.Context())
			server := httptest.NewServer(http.HandlerFunc(registry.handler))
			defer server.Close()
			registry.origin = server.URL
			client := clientOf(t, server.URL, func(o *npm.Options) {
				o.SecondFactor = &npm.SecondFactor{Show: func(ctx context.Context, page string) error {
					cancel()
					return registry.show(ctx, page)
				}}
			})
			if !during {
				cancel()
			}
			err := client.DeleteTrustedPublisher(npm.GoOn(ctx), scoped, "1") // would wait for five minutes
			g.Expect(err).To(And(MatchError(spec.ErrSecondFactor), MatchError(context.Canceled)))
			g.Expect(registry.sent).To(Equal([]string{"DELETE "}), "what is asked goes on; only the human is not waited for")
			g.Expect(registry.pages).To(Equal(map[bool]int{false: 0, true: 1}[during]))
		})
	}
}

func TestAStaleCodeIsNotSentAgain(t *testing.T) {
	g := NewWithT(t)
	valid := "code-1"
	registry := &guarded{good: func(code string) bool { return code == valid }}
	client := registry.client(t, "")
	g.Expect(create(t, client)).To(Succeed())
	g.Expect(create(t, client)).To(Succeed())
	valid = "code-2"
	g.Expect(create(t, client)).To(Succeed())
	g.Expect(create(t, client)).To(Succeed())
	g.Expect(registry.sent).To(Equal([]string{
		"POST ", "POST code-1", "POST code-1", // one page, its code used again
		"POST code-1", "POST ", "POST code-2", "POST code-2", // stale: tried without, then by a second page
	}))
}

func TestNoCodeIsSentWhileTheRegistryAsksForNone(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{good: func(code string) bool { return code == "code-1" }}
	client := registry.client(t, "")
	g.Expect(create(t, client)).To(Succeed())
	registry.good = func(code string) bool { return code == "" } // the human chose to be asked no more
	g.Expect(create(t, client)).To(Succeed())
	g.Expect(create(t, client)).To(Succeed())
	g.Expect(registry.pages).To(Equal(1))
	g.Expect(registry.sent).To(Equal([]string{"POST ", "POST code-1", "POST code-1", "POST ", "POST "}))
}

func TestASecondChallengeIsSurvivedAndAThirdIsNot(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{good: func(code string) bool { return code == "code-2" }}
	g.Expect(create(t, registry.client(t, ""))).To(Succeed())
	g.Expect(registry.pages).To(Equal(2))

	registry = &guarded{good: func(string) bool { return false }}
	g.Expect(create(t, registry.client(t, ""))).To(MatchError(spec.ErrSecondFactor))
	g.Expect(registry.pages).To(Equal(2))
}

func TestATypedCodeGoesBeforeThePage(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{good: func(code string) bool { return code == "123456" }}
	g.Expect(create(t, registry.client(t, "123456"))).To(Succeed())
	g.Expect(registry.pages).To(BeZero())

	registry = &guarded{good: func(code string) bool { return code == "code-1" }}
	g.Expect(create(t, registry.client(t, "654321"))).To(Succeed())
	g.Expect(registry.sent).To(Equal([]string{"POST ", "POST 654321", "POST ", "POST code-1"}))
}

func TestASilentClientAsksNobodyAndUsesWhatIsHeld(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{good: func(code string) bool { return code == "code-1" }}
	client := registry.client(t, "123456")
	_, err := client.Silent().TrustedPublishers(t.Context(), scoped)
	g.Expect(err).To(MatchError(spec.ErrSecondFactor))
	g.Expect(registry.pages).To(BeZero())
	g.Expect(registry.sent).To(Equal([]string{"GET "}))

	g.Expect(create(t, client)).To(Succeed())
	_, err = client.Silent().TrustedPublishers(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(registry.pages).To(Equal(1))
}

func TestAChallengeThatCannotBeAnswered(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked", r.RequestURI)
	}))
	defer elsewhere.Close()
	for name, c := range map[string]struct {
		body, says string
	}{
		"done elsewhere": {`{"authUrl":"https://www.example.test/a","doneUrl":"` + elsewhere.URL + `/-/done"}`,
			"gets no token"},
		"done without URL": {`{"authUrl":"https://www.example.test/a"}`, "gets no token"},
		"page is no page":  {`{"authUrl":"file:///bin/sh","doneUrl":"/-/done"}`, "not opened"},
		"typed only":       {`{"error":"This operation requires a one-time password."}`, "--otp"},
		"nothing said":     {``, "--otp"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var calls atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				answer(401, c.body, "www-authenticate", "otp")(w, r)
			}, func(o *npm.Options) {
				o.SecondFactor = &npm.SecondFactor{Show: func(context.Context, string) error {
					t.Error("the page was shown")
					return nil
				}}
			})
			err := create(t, client)
			g.Expect(err).To(And(MatchError(spec.ErrSecondFactor), MatchError(ContainSubstring(c.says))))
			g.Expect(calls.Load()).To(Equal(int32(1)))
		})
	}
}

func TestATypedCodeThatIsRefusedWhereAPageConfirms(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, answer(401, `{"authUrl":"https://www.example.test/a","doneUrl":"/"}`, "www-authenticate", "OTP"),
		func(o *npm.Options) { o.SecondFactor = &npm.SecondFactor{OTP: spec.NewSecret("123456")} })
	g.Expect(create(t, client)).To(And(MatchError(spec.ErrSecondFactor), MatchError(ContainSubstring("without --otp")),
		Not(MatchError(ContainSubstring("give a fresh one")))))
}

func TestNobodyToAsk(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, answer(401, `{"authUrl":"https://www.example.test/a","doneUrl":"/"}`, "www-authenticate", "OTP"))
	g.Expect(create(t, client)).To(MatchError(spec.ErrSecondFactor))
	g.Expect(client.Publish(t.Context(), publication("x"), credential())).To(MatchError(spec.ErrSecondFactor))
}

func TestPollingKeepsTheRegistrysPaceAndEnds(t *testing.T) {
	for name, c := range map[string]struct {
		polls  int
		waited time.Duration
		fails  bool
	}{
		"agreed": {4, 4 * 3 * time.Second, false},
		"never":  {1 << 20, 5 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				registry := &guarded{origin: "https://registry.example.test", polls: c.polls, after: "3",
					good: func(code string) bool { return code == "code-1" }}
				client := clientOf(t, registry.origin, func(o *npm.Options) {
					o.Transport = wire(registry.handler)
					o.SecondFactor = &npm.SecondFactor{Show: registry.show}
				})
				start := time.Now()
				err := create(t, client)
				g.Expect(time.Since(start)).To(Equal(c.waited))
				if !c.fails {
					g.Expect(err).NotTo(HaveOccurred())
					return
				}
				g.Expect(err).To(And(MatchError(spec.ErrSecondFactor), MatchError(ContainSubstring("nobody agreed"))))
			})
		})
	}
}

func TestAnEndedContextEndsThePolling(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{polls: 1 << 20, good: func(string) bool { return false }}
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(registry.handler))
	defer server.Close()
	registry.origin = server.URL
	client := clientOf(t, server.URL, func(o *npm.Options) {
		o.SecondFactor = &npm.SecondFactor{Show: func(context.Context, string) error { cancel(); return nil }}
	})
	_, err := client.CreateTrustedPublisher(ctx, scoped, spec.TrustedPublisher{})
	g.Expect(err).To(MatchError(context.Canceled))
}
