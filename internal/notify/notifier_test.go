package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/notify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hook is a webhook that answers in turn with these statuses, then with 200, and keeps what it is told.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	answers []int
	headers http.Header // of answers that are no 200
	bodies  [][]byte
	asked   []*http.Request
}

func newHook(t *testing.T, answers ...int) *hook {
	h := &hook{answers: answers, headers: http.Header{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		h.Close()
	})
	return h
}

func (h *hook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	h.bodies, h.asked = append(h.bodies, body), append(h.asked, r)
	if len(h.answers) == 0 {
		return
	}
	for name, values := range h.headers {
		rw.Header()[name] = values
	}
	rw.WriteHeader(h.answers[0])
	h.answers = h.answers[1:]
}

func done() notify.Notification {
	return notify.Notification{
		Event: notify.Done, Project: "facets", Releases: []string{"agent-facets@1.2.0"}, Message: "Converged: 13 versions published.",
		Link: "https://ci.example.test/1", Registry: "https://registry.example.test/", Time: time.Unix(1e9, 0),
	}
}

func tell(t *testing.T, what notify.Notification, webhooks ...string) error {
	t.Helper()
	n, err := notify.New("facets-reconcile/test", webhooks)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return n.Tell(t.Context(), what)
}

func TestEachWebhookIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	one, other := newHook(t), newHook(t)
	n, err := notify.New("facets-reconcile/test", []string{one.URL + "/secret", other.URL})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(n.Tell(t.Context(), done())).To(Succeed())
	g.Expect(n.Tell(t.Context(), done())).To(Succeed())
	g.Expect(one.bodies).To(HaveLen(1), "never twice for the same state")
	g.Expect(other.bodies).To(Equal(one.bodies))
	g.Expect(one.asked[0].Method).To(Equal(http.MethodPost))
	g.Expect(one.asked[0].URL.Path).To(Equal("/secret"))
	g.Expect(one.asked[0].Header).To(And(HaveKeyWithValue("Content-Type", []string{"application/json"}),
		HaveKeyWithValue("User-Agent", []string{"facets-reconcile/test"})))
	var sent map[string]any
	g.Expect(json.Unmarshal(one.bodies[0], &sent)).To(Succeed())
	g.Expect(sent).To(And(HaveKeyWithValue("event", "Done"), HaveKeyWithValue("time", "2001-09-09T01:46:40Z"),
		HaveKeyWithValue("text", "facets: agent-facets@1.2.0 is done. Converged: 13 versions published.\nhttps://ci.example.test/1")))
	g.Expect(sent["content"]).To(Equal(sent["text"]))
	g.Expect(sent).NotTo(HaveKey("attachments"), "Discord would refuse them")

	stuck := done()
	stuck.Event = notify.Stuck
	g.Expect(n.Tell(t.Context(), stuck)).To(Succeed())
	g.Expect(one.bodies).To(HaveLen(2), "another state is told")
}

func TestEveryDocumentFitsTheSchema(t *testing.T) {
	g := NewWithT(t)
	definition, err := os.ReadFile("../../docs/notify.schema.json")
	g.Expect(err).NotTo(HaveOccurred())
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(definition))
	g.Expect(err).NotTo(HaveOccurred())
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	g.Expect(compiler.AddResource("schema.json", document)).To(Succeed())
	schema, err := compiler.Compile("schema.json")
	g.Expect(err).NotTo(HaveOccurred())
	for _, what := range everything() {
		h := newHook(t)
		g.Expect(tell(t, what, h.URL)).To(Succeed())
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(h.bodies[0]))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(schema.Validate(instance)).To(Succeed(), string(h.bodies[0]))
	}
	wrong, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"kind": "Notification"}`))
	g.Expect(schema.Validate(wrong)).NotTo(Succeed())
}

func TestTheCommandThatFinishesIsInTheTextToo(t *testing.T) {
	g := NewWithT(t)
	h := newHook(t)
	what := done()
	what.Event, what.Message, what.Commands = notify.WaitsForHuman, "Result: 13 to approve.", []string{"facets-reconcile apply --only approve"}
	g.Expect(tell(t, what, h.URL)).To(Succeed())
	var sent struct {
		Commands []string
		Content  string
	}
	g.Expect(json.Unmarshal(h.bodies[0], &sent)).To(Succeed())
	g.Expect(sent.Commands).To(Equal(what.Commands))
	g.Expect(sent.Content).To(Equal("facets: agent-facets@1.2.0 waits for a human. Result: 13 to approve.\n" +
		"Next, by a human: facets-reconcile apply --only approve\nhttps://ci.example.test/1"))
}

func everything() []notify.Notification {
	all := []notify.Notification{{Event: notify.DriftBegan, ExitCode: 2}, {Event: notify.DriftEnded, Project: "p", Rehearsal: true}}
	for _, event := range []notify.Event{notify.WaitsForHuman, notify.Stuck, notify.Done} {
		what := done()
		what.Event, what.ExitCode, what.Commands = event, 3, []string{"facets-reconcile apply --only approve"}
		all = append(all, what)
	}
	long := done()
	long.Message = strings.Repeat("ä<", 5000)
	for i := range 500 {
		long.Releases = append(long.Releases, fmt.Sprintf("library@1.0.%d", i))
	}
	return append(all, long)
}

func TestNobodyIsMentioned(t *testing.T) {
	g := NewWithT(t)
	h := newHook(t)
	what := done()
	what.Message = "@everyone <!channel> & more"
	g.Expect(tell(t, what, h.URL)).To(Succeed())
	var sent struct {
		Text, Content   string
		AllowedMentions struct{ Parse []string } `json:"allowed_mentions"`
	}
	g.Expect(json.Unmarshal(h.bodies[0], &sent)).To(Succeed())
	g.Expect(sent.Text).To(ContainSubstring("@everyone &lt;!channel&gt; &amp; more"))
	g.Expect(sent.Content).To(ContainSubstring("@everyone <!channel> & more"))
	g.Expect(sent.AllowedMentions.Parse).To(And(BeEmpty(), Not(BeNil())))
}

func TestWhatIsBusyIsToldAgain(t *testing.T) {
	for name, c := range map[string]struct {
		answers  []int
		attempts int
		failure  string
	}{
		"it was busy":         {[]int{429}, 2, ""},
		"it was in trouble":   {[]int{503, 500}, 3, ""},
		"it stays in trouble": {[]int{503, 503, 503, 503}, 3, "it answered 503 (Service Unavailable)"},
		"it is gone":          {[]int{404}, 1, "it answered 404 (Not Found)"},
		"it redirects":        {[]int{307}, 1, "it answered 307"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			h := newHook(t, c.answers...)
			h.headers.Set("Location", "https://elsewhere.example.test/")
			err := tell(t, done(), h.URL+"/T00/secret")
			g.Expect(h.bodies).To(HaveLen(c.attempts))
			if c.failure == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring(c.failure), ContainSubstring("127.0.0.1"), Not(ContainSubstring("secret")))))
		})
	}
}

func TestALongWaitIsNotWaitedFor(t *testing.T) {
	g := NewWithT(t)
	h := newHook(t, 429, 200)
	h.headers.Set("Retry-After", "3600")
	g.Expect(tell(t, done(), h.URL)).To(MatchError(ContainSubstring("it answered 429")))
	g.Expect(h.bodies).To(HaveLen(1))
}

func TestOneThatIsAwayKeepsNoOtherBack(t *testing.T) {
	g := NewWithT(t)
	away, there := newHook(t), newHook(t)
	away.Close()
	err := tell(t, done(), away.URL+"/secret", there.URL)
	g.Expect(err).To(MatchError(And(ContainSubstring("was not told that it is Done"), Not(ContainSubstring("secret")))))
	g.Expect(there.bodies).To(HaveLen(1))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n, err := notify.New("", []string{there.URL + "/secret"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(n.Tell(ctx, done())).To(MatchError(And(ContainSubstring("context canceled"), Not(ContainSubstring("secret")))))
}

func TestAddressesAreCheckedAndNotPrinted(t *testing.T) {
	for address, problem := range map[string]string{
		"hooks.example.test/secret":              "it is no URL",
		"":                                       "it is no URL",
		"https:///secret":                        "it is no URL",
		"ftp://hooks.example.test/secret":        "it is no URL",
		"https://hooks.example.test/%zz/secret":  "it is no URL",
		"http://hooks.example.test/secret":       "is http, by which anybody",
		"https://u:secret@hooks.example.test/":   "holds a user name",
		"https://hooks.example.test/secret":      "",
		"http://localhost:1/secret":              "",
		"http://[::1]:1/secret":                  "",
		"https://prod.logic.azure.com:443/x?s=1": "",
	} {
		t.Run(address, func(t *testing.T) {
			g := NewWithT(t)
			n, err := notify.New("", []string{"https://hooks.example.test/", address})
			if problem == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(fmt.Sprintf("%v %+v %#v", *n, *n, *n)).NotTo(ContainSubstring("secret"))
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring("the address 2 of 2: "), ContainSubstring(problem), Not(ContainSubstring("secret")))))
		})
	}
}
