package npm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// odd is a packument as no encoder of ours would write it: with numbers, spaces and escapes of its own, and fields that nobody knows.
const odd = ` {"_id": "@s/p", "name":"@s/p","_rev":"12-ab", "unknown": {"n": 1.50e+300, "big": 12345678901234567890},
  "dist-tags" : {"latest":"1.0.0"},
  "versions": {"1.0.0" : {"name":"@s/p", "x": "\u003c<\/", "deprecated" : "old" },  "2.0.0":{"deprecated": false,"name":"@s/p"},
    "2.0.1": {}, "2.1.0": {"y":[{"deprecated":"not this"}]}
  }, "time":{"1.0.0":"2020"}, "users": {"a":true}}
`

// saying is the deprecations with these messages, which a version gets that no dist-tag points at.
func saying(messages map[spec.Version]string) map[spec.Version]spec.Deprecation {
	all := map[spec.Version]spec.Deprecation{}
	for version, message := range messages {
		all[version] = spec.Deprecation{Message: message}
	}
	return all
}

// keeper serves one packument and takes it back as answers tell: a status for each PUT.
func keeper(t *testing.T, text string, answers ...int) (deprecate func(messages map[spec.Version]string) error, sent func() []string) {
	t.Helper()
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && r.URL.RawQuery == "write=true" && r.URL.EscapedPath() == "/@s%2fp" &&
			r.Header.Get("Authorization") == "Bearer npm_human":
			_, _ = io.WriteString(w, text)
		case r.Method == http.MethodPut && r.URL.EscapedPath() == "/@s%2fp" && r.Header.Get("npm-command") == "deprecate":
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			status := http.StatusOK
			if len(bodies) <= len(answers) {
				status = answers[len(bodies)-1]
			}
			w.WriteHeader(status)
		default:
			t.Errorf("%s %s", r.Method, r.URL)
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(server.Close)
	client := clientOf(t, server.URL)
	return func(messages map[spec.Version]string) error {
		return client.Deprecate(t.Context(), "@s/p", saying(messages), npm.NewCredential(spec.NewSecret("npm_human"), time.Time{}))
	}, func() []string { return bodies }
}

func TestDeprecatingChangesNothingElse(t *testing.T) {
	for name, test := range map[string]struct {
		messages map[spec.Version]string
		changes  []string // pairs
	}{
		"one that has a message":     {map[spec.Version]string{"2.1.0": `use "1"`}, []string{`"not this"}]}`, `"not this"}],"deprecated":"use \"1\""}`}},
		"one without any field":      {map[spec.Version]string{"2.0.1": "no"}, []string{`"2.0.1": {}`, `"2.0.1": {"deprecated":"no"}`}},
		"one that says it is not":    {map[spec.Version]string{"2.0.0": "no"}, []string{`"deprecated": false`, `"deprecated": "no"`}},
		"one whose warning goes":     {map[spec.Version]string{"1.0.0": ""}, []string{`"deprecated" : "old"`, `"deprecated" : ""`}},
		"several, one is not served": {map[spec.Version]string{"2.0.1": "a", "2.0.0": "b", "9.9.9": "c"}, []string{`false`, `"b"`, `{}`, `{"deprecated":"a"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			deprecate, sent := keeper(t, odd)
			g.Expect(deprecate(test.messages)).To(Succeed())
			g.Expect(sent()).To(Equal([]string{strings.NewReplacer(test.changes...).Replace(odd)}))
			g.Expect(json.Valid([]byte(sent()[0]))).To(BeTrue())
		})
	}
}

func TestDeprecatingSendsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		text     string
		messages map[spec.Version]string
		fails    string // "": there is nothing to do
	}{
		"of what is deprecated":             {odd, map[spec.Version]string{"1.0.0": "old"}, ""},
		"of what is not served":             {odd, map[spec.Version]string{"3.0.0": "x"}, ""},
		"of what a dist-tag points at":      {odd, map[spec.Version]string{"1.0.0": "x", "2.0.0": "y"}, "latest points at it"},
		"where the packument is another's":  {strings.Replace(odd, `"name":"@s/p"`, `"name":"@s/q"`, 1), map[spec.Version]string{"2.0.0": "x"}, "@s/q"},
		"where it is cut off":               {odd[:len(odd)/2], map[spec.Version]string{"2.0.0": "x"}, "not what it should be"},
		"where it is a list":                {`[]`, map[spec.Version]string{"2.0.0": "x"}, "an object is expected"},
		"where more follows":                {odd + `{}`, map[spec.Version]string{"2.0.0": "x"}, "something follows"},
		"where a version is there twice":    {strings.Replace(odd, `"2.0.1"`, `"2.0.0"`, 1), map[spec.Version]string{"2.0.0": "x"}, "twice"},
		"where there are no versions":       {`{"name":"@s/p"}`, map[spec.Version]string{"2.0.0": "x"}, "no versions"},
		"without versions that are to have": {odd, nil, "are needed"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			deprecate, sent := keeper(t, test.text)
			if err := deprecate(test.messages); test.fails == "" {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(ContainSubstring(test.fails)))
			}
			g.Expect(sent()).To(BeEmpty())
		})
	}
}

func TestDeprecatingReadsAgain(t *testing.T) {
	for name, test := range map[string]struct {
		answers []int
		sent    int
		means   error
	}{
		"where somebody else was faster":    {[]int{409}, 2, nil},
		"where the answer tells of nothing": {[]int{502, 409}, 3, nil},
		"a few times":                       {[]int{409, 409, 409, 409, 409}, 4, nil},
		"not where it may not":              {[]int{403}, 1, spec.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			deprecate, sent := keeper(t, odd, test.answers...)
			err := deprecate(map[spec.Version]string{"2.0.0": "x"})
			switch {
			case test.means != nil:
				g.Expect(err).To(MatchError(test.means))
			case len(test.answers) >= test.sent:
				g.Expect(err).To(MatchError(ContainSubstring("409")))
			default:
				g.Expect(err).NotTo(HaveOccurred())
			}
			g.Expect(sent()).To(HaveLen(test.sent))
		})
	}
}

// A lost answer is no reason to send it again where the registry has done it.
func TestDeprecatingLooksWhetherALostAnswerWasAYes(t *testing.T) {
	g := NewWithT(t)
	var puts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			puts.Add(1)
			panic(http.ErrAbortHandler)
		}
		message := ""
		if puts.Load() > 0 {
			message = "x"
		}
		_, _ = fmt.Fprintf(w, `{"name": "@s/p", "versions": {"2.0.0": {"deprecated": %q}}}`, message)
	}))
	t.Cleanup(server.Close)
	with := npm.NewCredential(spec.NewSecret("npm_human"), time.Time{})
	g.Expect(clientOf(t, server.URL).Deprecate(t.Context(), "@s/p", saying(map[spec.Version]string{"2.0.0": "x"}), with)).To(Succeed())
	g.Expect(puts.Load()).To(BeEquivalentTo(1))
}

func TestDeprecatingPausesBeforeItTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var sent []time.Time
		client := clientOf(t, "https://registry.example.test", func(o *npm.Options) {
			o.Transport = wire(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut {
					sent = append(sent, time.Now())
					w.WriteHeader(http.StatusConflict)
					return
				}
				_, _ = io.WriteString(w, odd)
			})
		})
		g.Expect(client.Deprecate(t.Context(), "@s/p", saying(map[spec.Version]string{"2.0.0": "x"}),
			npm.NewCredential(spec.NewSecret("npm_human"), time.Time{}))).NotTo(Succeed())
		g.Expect(sent).To(HaveLen(4))
		for i, wait := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second} {
			g.Expect(sent[i+1].Sub(sent[i])).To(BeNumerically(">=", wait))
		}
	})
}

// A human may take minutes: what is large can be read meanwhile.
func TestDeprecatingHoldsNobodyUpWhileAHumanConfirms(t *testing.T) {
	g := NewWithT(t)
	large := `{"name": "large", "versions": {"1.0.0": {"readme": "` + strings.Repeat("x", 2<<20) + `"}}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/large":
			_, _ = io.WriteString(w, large)
		case r.URL.Path == "/-/done":
			answer(200, `{"token":"code"}`)(w, r)
		case r.Method == http.MethodPut && r.Header.Get("npm-otp") == "":
			at := "http://" + r.Host
			answer(401, fmt.Sprintf(`{"authUrl":"%s/-/auth","doneUrl":"%s/-/done"}`, at, at), "WWW-Authenticate", "Bearer, OTP")(w, r)
		default:
			_, _ = io.WriteString(w, odd)
		}
	}))
	t.Cleanup(server.Close)
	var client *npm.Client
	var versions []spec.Version
	client = clientOf(t, server.URL, func(o *npm.Options) {
		o.SecondFactor = &npm.SecondFactor{Show: func(ctx context.Context, _ string) (err error) {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // that nobody waits for where it works
			defer cancel()
			versions, err = client.Versions(ctx, "large")
			return err
		}}
	})
	g.Expect(client.Deprecate(t.Context(), "@s/p", saying(map[spec.Version]string{"2.0.0": "x"}),
		npm.NewCredential(spec.NewSecret(session), time.Time{}))).To(Succeed())
	g.Expect(versions).To(Equal([]spec.Version{"1.0.0"}))
}
