package npm_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func credential() npm.Credential { return npm.NewCredential(spec.NewSecret(publish), time.Time{}) }

func TestPublishDocument(t *testing.T) {
	for _, size := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 48<<10 - 1, 48 << 10, 48<<10 + 1, 500_000} {
		g := NewWithT(t)
		raw := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{1}).Read(raw) // never fails
		content := string(raw)
		var document map[string]any
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			g.Expect(r.Method + " " + r.RequestURI).To(Equal("PUT /@s%2fp"))
			body, err := io.ReadAll(r.Body)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.ContentLength).To(Equal(int64(len(body))))
			g.Expect(json.Unmarshal(body, &document)).To(Succeed())
			for header, want := range map[string]string{"Authorization": "Bearer " + publish,
				"Content-Type": "application/json",
				"npm-command":  "publish", "npm-auth-type": "web", "User-Agent": "facets-reconcile"} {
				g.Expect(r.Header.Get(header)).To(Equal(want))
			}
			answer(201, `{"success":true}`)(w, r)
		})
		p := publication(content)
		g.Expect(client.Publish(t.Context(), p, credential())).To(Succeed())

		g.Expect(document).To(And(HaveKeyWithValue("_id", "@s/p"), HaveKeyWithValue("name", "@s/p"),
			HaveKeyWithValue("access", "public"), HaveKeyWithValue("description", "a <b> & c"),
			HaveKeyWithValue("dist-tags", map[string]any{"latest": "1.0.0"})))
		manifest := document["versions"].(map[string]any)["1.0.0"].(map[string]any)
		g.Expect(manifest).To(And(HaveKeyWithValue("_id", "@s/p@1.0.0"), HaveKeyWithValue("description", "a <b> & c")))
		g.Expect(manifest["dist"]).To(Equal(map[string]any{"integrity": p.Integrity.String(), "shasum": "abc",
			"tarball": client.Registry() + "@s/p/-/@s/p-1.0.0.tgz"}))
		attachment := document["_attachments"].(map[string]any)["@s/p-1.0.0.tgz"].(map[string]any)
		g.Expect(attachment).To(HaveKeyWithValue("length", float64(size)))
		sent, err := base64.StdEncoding.DecodeString(attachment["data"].(string))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(sent) == content).To(BeTrue())
		g.Expect(p.Manifest).NotTo(HaveKey("dist"), "the caller's manifest is left alone")
	}
}

func TestABundleComesBehindItsTarball(t *testing.T) {
	g := NewWithT(t)
	const text = `{"a":"<é😀>"}`
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.ContentLength).To(Equal(int64(len(body))))
		var document struct {
			Attachments map[string]struct {
				Type   string `json:"content_type"`
				Data   string `json:"data"`
				Length int    `json:"length"`
			} `json:"_attachments"`
		}
		g.Expect(json.Unmarshal(body, &document)).To(Succeed())
		g.Expect(document.Attachments).To(HaveLen(2))
		bundle := document.Attachments["@s/p-1.0.0.sigstore"]
		g.Expect(bundle.Data).To(Equal(text))
		g.Expect(bundle.Type).To(Equal("application/x"))
		g.Expect(bundle.Length).To(Equal(13), "as JavaScript counts")
		g.Expect(bytes.Index(body, []byte(".tgz\":{"))).To(BeNumerically("<", bytes.Index(body, []byte(".sigstore\":{"))), "as npm sends it")
		answer(201, `{}`)(w, r)
	})
	p := publication("content")
	p.Bundle = &npm.Bundle{MediaType: "application/x", Data: []byte(text)}
	g.Expect(client.Publish(t.Context(), p, credential())).To(Succeed())
}

func TestMeaningOfPublishes(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		means  error
		says   string
	}{
		{403, `{"error":"You cannot publish over the previously published versions: 1.0.0."}`,
			spec.ErrAlreadyPublished, "1.0.0"},
		{409, `{"error":"Cannot publish over previously staged version"}`, spec.ErrAlreadyPublished, "staged"},
		{409, `{"error":"this package is already present"}`, spec.ErrAlreadyPublished, "present"},
		{409, `{"error":"Failed to save packument. A common cause is …"}`, spec.ErrDoubtful, "packument"},
		{409, `"Conflict"`, spec.ErrDoubtful, "Conflict"},
		{401, `{"error":"no"}`, spec.ErrRefused, "`npm login`"},
		{401, `{"error":"a one-time password is needed"}`, spec.ErrSecondFactor, "second factor"},
		{402, `{"error":"You must sign up for private packages"}`, spec.ErrRefused, "have an owner make it public"},
		{403, `{"error":"Two-factor authentication or granular access token with bypass 2fa enabled is required"}`,
			spec.ErrRefused, "another kind"},
		{403, `{"message":"OIDC permission denied for this action"}`, spec.ErrRefused, "may only stage, or the package's own settings forbid it"},
		{403, `{"error":"Package name triggered spam detection"}`, spec.ErrRefused, "refuses the name"},
		{403, `{"error":"Forbidden"}`, spec.ErrRefused, "facets-reconcile doctor"},
		{404, `{"error":"Not found"}`, spec.ErrRefused, "bad or expired"},
		{400, `{"error":"bad"}`, nil, "correct what it names"},
		{413, `<h1>Payload</h1>`, nil, "leave out what nobody needs"},
		{422, `{"error":"mismatch"}`, nil, "correct what it names"},
		{429, `<html><title>Slow down</title></html>`, nil, "32m14s; nothing was taken"},
		{301, ``, nil, "final address"},
		{500, `{"error":"already exists?"}`, spec.ErrDoubtful, "may have landed"},
		{502, `<html>`, spec.ErrDoubtful, "may have landed"},
		{503, ``, spec.ErrDoubtful, "may have landed"},
		{504, ``, spec.ErrDoubtful, "may have landed"},
		{200, ``, nil, ""}, {201, `nonsense`, nil, ""}, {202, `{}`, nil, ""},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			g := NewWithT(t)
			var calls atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.Header().Set("Retry-After", "1934")
				w.Header().Set("npm-notice", "you sent "+r.Header.Get("Authorization"))
				answer(c.status, c.body)(w, r)
			})
			err := client.Publish(t.Context(), publication("content"), credential())
			g.Expect(calls.Load()).To(Equal(int32(1)), "sent once")
			for _, sentinel := range []error{spec.ErrAlreadyPublished, spec.ErrDoubtful, spec.ErrRefused, spec.ErrSecondFactor} {
				g.Expect(errors.Is(err, sentinel)).To(Equal(sentinel == c.means), sentinel.Error())
			}
			if c.says == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring("publishing @s/p@1.0.0"), ContainSubstring(c.says),
				Not(ContainSubstring(publish)))))
		})
	}
}

func TestADoubtfulPublishIsSentOnce(t *testing.T) {
	for _, size := range []int{10, 3 << 20} {
		g := NewWithT(t)
		var calls atomic.Int32
		client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			_, _ = io.CopyN(io.Discard, r.Body, 10)
			panic(http.ErrAbortHandler)
		})
		err := client.Publish(t.Context(), publication(strings.Repeat("x", size)), credential())
		g.Expect(err).To(MatchError(spec.ErrDoubtful))
		g.Expect(calls.Load()).To(Equal(int32(1)))
	}
}

func TestAStalledPublishIsDoubtful(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}, func(o *npm.Options) { o.PublishTimeout = 100 * time.Millisecond })
	err := client.Publish(t.Context(), publication("x"), credential())
	g.Expect(err).To(MatchError(spec.ErrDoubtful))
	g.Expect(err).To(MatchError(ContainSubstring("no progress for 100ms")))
}

func TestAPublishThatIsCutOffIsDoubtful(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	err := client.Publish(ctx, publication("x"), credential())
	g.Expect(err).To(And(MatchError(spec.ErrDoubtful), MatchError(context.Canceled)))
}

func TestAPublishOfWhichNothingWasSentIsRepeated(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(answer(201, ""))
	defer server.Close()
	dials := 0
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials++; dials < 3 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	client := clientOf(t, server.URL, func(o *npm.Options) { o.Transport = transport })
	g.Expect(client.Publish(t.Context(), publication("x"), credential())).To(Succeed())
	g.Expect(dials).To(Equal(3))

	dials = -100
	err := client.Publish(t.Context(), publication("x"), credential())
	g.Expect(err).To(MatchError(ContainSubstring("nothing was sent")))
	g.Expect(err).NotTo(MatchError(spec.ErrDoubtful))
	g.Expect(dials).To(Equal(-96))
}

func TestAPublishWaitsWhenToldToSlowDown(t *testing.T) {
	g := NewWithT(t)
	var calls atomic.Int32
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			answer(429, "", "Retry-After", "0")(w, r)
			return
		}
		answer(200, "")(w, r)
	})
	g.Expect(client.Publish(t.Context(), publication("x"), credential())).To(Succeed())
	g.Expect(calls.Load()).To(Equal(int32(2)))
}

// A refusal that the headers alone earn costs no upload, and reads as what it is rather than as a broken connection.
func TestALargePublishAsksFirst(t *testing.T) {
	for status, means := range map[int]error{401: spec.ErrRefused, 403: spec.ErrRefused, 503: nil} {
		g := NewWithT(t)
		var calls atomic.Int32
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { // reads no body
			calls.Add(1)
			w.WriteHeader(status)
		})
		p := publication(strings.Repeat("x", 8<<20))
		open, taken := p.Open, new(atomic.Int64)
		p.Open = func(ctx context.Context) (io.ReadCloser, error) {
			inner, err := open(ctx)
			return counting{inner, taken}, err
		}
		err := client.Publish(t.Context(), p, credential())
		g.Expect(err).To(HaveOccurred())
		g.Expect(errors.Is(err, spec.ErrRefused)).To(Equal(means != nil))
		g.Expect(err).NotTo(MatchError(spec.ErrDoubtful))
		g.Expect(taken.Load()).To(BeZero())
		if status == 503 {
			g.Expect(calls.Load()).To(Equal(int32(4)), "nothing was sent, so it is asked again")
		}
	}
}

func TestALargePublishPastWhatCannotBeAsked(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") != "" {
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		answer(200, "")(w, r)
	})
	g.Expect(client.Publish(t.Context(), publication(strings.Repeat("x", 1<<20)), credential())).To(Succeed())
}

type counting struct {
	io.ReadCloser
	taken *atomic.Int64
}

func (c counting) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.taken.Add(int64(n))
	return n, err
}

// held gives out its end only when nobody waits for it any more.
type held struct {
	io.Reader
	given context.Context
}

func (h held) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		<-h.given.Done()
		err = h.given.Err()
	}
	return n, err
}

func (held) Close() error { return nil }

func TestAnAnswerCountsThatComesBeforeTheTarballEnds(t *testing.T) {
	for says, want := range map[string]error{"no": spec.ErrRefused, "cannot publish over": spec.ErrAlreadyPublished} {
		g := NewWithT(t)
		const size = 1 << 20
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			_ = rc.EnableFullDuplex()
			_, _ = io.ReadFull(r.Body, make([]byte, size))
			w.Header().Set("Content-Length", strconv.Itoa(len(says)))
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, says)
			_ = rc.Flush()
			_, _ = io.Copy(io.Discard, r.Body) // to cut the connection would lose the answer with it
		})
		p := publication(strings.Repeat("x", size))
		open := p.Open
		p.Open = func(ctx context.Context) (io.ReadCloser, error) {
			inner, err := open(ctx)
			return held{inner, ctx}, err
		}
		g.Expect(client.Publish(t.Context(), p, credential())).To(MatchError(want), says)
	}
}

func TestATarballThatChangedIsNotSentToItsEnd(t *testing.T) {
	for name, content := range map[string]string{"shorter": "conten", "longer": "contents", "other": "CONTENT"} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var whole atomic.Bool
			client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				whole.Store(err == nil || json.Valid(body))
			})
			p := publication("content")
			p.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
			err := client.Publish(t.Context(), p, credential())
			g.Expect(err).To(MatchError(ContainSubstring("the tarball")))
			g.Expect(err).NotTo(MatchError(spec.ErrDoubtful))
			g.Expect(whole.Load()).To(BeFalse())
		})
	}
}

func TestPublicationsThatCannotBeSent(t *testing.T) {
	for name, spoil := range map[string]func(*npm.Publication){
		"the name is missing":          func(p *npm.Publication) { p.Name = "" },
		"the version is missing":       func(p *npm.Publication) { p.Version = "" },
		"the dist-tag is missing":      func(p *npm.Publication) { p.DistTag = "" },
		"tarball is missing":           func(p *npm.Publication) { p.Open = nil },
		"missing or empty":             func(p *npm.Publication) { p.Size = 0 },
		"the integrity":                func(p *npm.Publication) { p.Integrity = "sha1-x" },
		"access \"secret\"":            func(p *npm.Publication) { p.Access = "secret" },
		"packed is that of q@1.0.0":    func(p *npm.Publication) { p.Manifest["name"] = "q" },
		"packed is that of @s/p@2.0.0": func(p *npm.Publication) { p.Manifest["version"] = "2.0.0" },
		"opening the tarball": func(p *npm.Publication) {
			p.Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("gone") }
		},
	} {
		g := NewWithT(t)
		client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
		p := publication("x")
		spoil(&p)
		g.Expect(client.Publish(t.Context(), p, credential())).To(MatchError(ContainSubstring(name)))
	}
	g := NewWithT(t)
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	g.Expect(client.Publish(t.Context(), publication("x"), npm.Credential{})).To(MatchError(spec.ErrRefused))
}

func TestAnUploadHasAConnectionOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			g.Expect(r.ProtoMajor).To(Equal(1))
		} else {
			g.Expect(r.ProtoMajor).To(Equal(2))
		}
		answer(200, "{}")(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := clientOf(t, server.URL, func(o *npm.Options) { o.Transport = server.Client().Transport })
	_, err := client.DistTags(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(client.Publish(t.Context(), publication("x"), credential())).To(Succeed())
}

func TestCredentialsHideTheirToken(t *testing.T) {
	g := NewWithT(t)
	held := struct {
		C npm.Credential `json:"c"`
		p *npm.Credential
	}{C: credential()}
	held.p = &held.C
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&shown, verb+verb+verb, held, credential(), held.p)
	}
	marshalled, err := json.Marshal(held)
	g.Expect(err).NotTo(HaveOccurred())
	shown.Write(marshalled)
	g.Expect(shown.String()).NotTo(Or(ContainSubstring(publish), ContainSubstring(fmt.Sprintf("%x", publish))))

	now := time.Now()
	g.Expect(npm.NewCredential(spec.NewSecret("t"), now.Add(time.Hour)).Expired(now)).To(BeFalse())
	g.Expect(npm.NewCredential(spec.NewSecret("t"), now.Add(time.Minute)).Expired(now)).To(BeTrue())
	g.Expect(credential().Expired(now)).To(BeFalse(), "an unknown end is no end")
}
