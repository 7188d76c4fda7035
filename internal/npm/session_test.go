package npm_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestWhoAmI(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.RequestURI).To(Equal("/-/whoami"))
		g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + session))
		answer(200, `{"username":"somebody"}`)(w, r)
	})
	g.Expect(client.WhoAmI(t.Context())).To(Equal("somebody"))

	for _, refusal := range []http.HandlerFunc{answer(401, ""), answer(403, ""), answer(200, "{}")} {
		_, err := serve(t, refusal).WhoAmI(t.Context())
		g.Expect(err).To(And(MatchError(spec.ErrRefused), MatchError(ContainSubstring("npm login"))))
	}
	nobody := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") },
		func(o *npm.Options) { o.Session = spec.Secret{} })
	_, err := nobody.WhoAmI(t.Context())
	g.Expect(err).To(MatchError(spec.ErrRefused))
	_, err = nobody.TrustedPublishers(t.Context(), scoped)
	g.Expect(err).To(MatchError(spec.ErrRefused))
}

func TestTrustedPublishers(t *testing.T) {
	g := NewWithT(t)
	wanted := spec.TrustedPublisher{Type: circleci.Type, Permissions: []string{spec.PermissionPublish},
		Claims: spec.Claims{circleci.ClaimOrganization: "o", circleci.ClaimContexts: []string{"c"}}}
	stored := `{"id":"t1","type":"circleci","claims":{"oidc.circleci.com/org-id":"o","oidc.circleci.com/context-ids":["c"]},
		"permissions":["createPackage","createStagedPackage"]}`
	var asked []string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.RequestURI+" "+string(body))
		g.Expect(r.Header.Get("npm-command")).To(Equal("trust"))
		g.Expect(r.Header.Get("npm-auth-type")).To(Equal("web"))
		g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + session))
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(200, "["+stored+"]")(w, r)
	})
	list, err := client.TrustedPublishers(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(list).To(HaveLen(1))
	g.Expect(list[0].Differences(wanted)).To(BeEmpty())
	created, err := client.CreateTrustedPublisher(t.Context(), scoped, wanted)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(created.ID).To(Equal("t1"))
	g.Expect(client.DeleteTrustedPublisher(t.Context(), scoped, "t1")).To(Succeed())
	for _, bad := range []string{"", ".", ".."} {
		g.Expect(client.DeleteTrustedPublisher(t.Context(), scoped, bad)).NotTo(Succeed())
	}
	g.Expect(asked).To(Equal([]string{
		"GET /-/package/@s%2fp/trust ",
		`POST /-/package/@s%2fp/trust [{"type":"circleci","claims":{"oidc.circleci.com/context-ids":["c"],` +
			`"oidc.circleci.com/org-id":"o"},"permissions":["createPackage"]}]`,
		"DELETE /-/package/@s%2fp/trust/t1 ",
	}))
}

func TestMeaningOfTrustAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		means  error
		calls  int32 // of a creation
	}{
		{400, `{"message":"invalid"}`, nil, 1},
		{401, `{"message":"unauthorized"}`, spec.ErrRefused, 1},
		{403, `{"message":"Please enable 2fa for your account"}`, spec.ErrRefused, 1},
		{404, `{"message":"not found"}`, spec.ErrNotFound, 1},
		{404, `<!DOCTYPE html><pre>Cannot GET</pre>`, spec.ErrUnsupported, 1},
		{409, `{"message":"trusted publisher config already exists"}`, spec.ErrTrustExists, 1},
		{429, ``, nil, 7},
		{500, ``, nil, 1},
	} {
		g := NewWithT(t)
		var calls atomic.Int32
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			answer(c.status, c.body)(w, r)
		})
		_, err := client.CreateTrustedPublisher(t.Context(), scoped, spec.TrustedPublisher{})
		g.Expect(err).To(HaveOccurred())
		g.Expect(calls.Load()).To(Equal(c.calls), err.Error())
		for _, sentinel := range []error{spec.ErrRefused, spec.ErrNotFound, spec.ErrTrustExists, spec.ErrUnsupported} {
			g.Expect(errors.Is(err, sentinel)).To(Equal(sentinel == c.means), "%v: %v", err, sentinel)
		}
	}
}

func TestChangesOfTrustKeepThePaceThatNPMAdvises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		client := clientOf(t, "https://registry.example.test", func(o *npm.Options) {
			o.Transport = wire(answer(200, `[]`))
		})
		start := time.Now()
		for range 3 {
			_, err := client.TrustedPublishers(t.Context(), scoped)
			g.Expect(err).NotTo(HaveOccurred())
		}
		g.Expect(time.Since(start)).To(BeZero(), "reading is no change")
		for range 3 {
			_, err := client.CreateTrustedPublisher(t.Context(), scoped, spec.TrustedPublisher{})
			g.Expect(err).NotTo(HaveOccurred())
		}
		g.Expect(time.Since(start)).To(Equal(4 * time.Second))
	})
}

func TestSetDistTag(t *testing.T) {
	g := NewWithT(t)
	status := 200
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.Expect(r.Method + " " + r.RequestURI + " " + string(body)).To(Equal(`PUT /-/package/@s%2fp/dist-tags/next "1.0.0"`))
		g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + publish))
		answer(status, "{}")(w, r)
	})
	g.Expect(client.SetDistTag(t.Context(), scoped, "next", "1.0.0", credential())).To(Succeed())
	for _, status = range []int{401, 403, 404} {
		g.Expect(client.SetDistTag(t.Context(), scoped, "next", "1.0.0", credential())).To(MatchError(spec.ErrRefused))
	}
	status = 400
	err := client.SetDistTag(t.Context(), scoped, "next", "1.0.0", credential())
	g.Expect(err).To(And(HaveOccurred(), Not(MatchError(spec.ErrRefused))))
	g.Expect(client.SetDistTag(t.Context(), scoped, "", "1.0.0", credential())).NotTo(Succeed())
	g.Expect(client.SetDistTag(t.Context(), "", "next", "1.0.0", credential())).NotTo(Succeed())
}

func TestTheLogTellsWhatWasAskedAndNoSecret(t *testing.T) {
	g := NewWithT(t)
	var log bytes.Buffer
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(404, r.Header.Get("Authorization"))(w, r)
	}, func(o *npm.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.AlwaysAuth = true
		o.SecondFactor = &npm.SecondFactor{OTP: spec.NewSecret("123456")}
	}).ReadBy(token("npm_read_0123456789"))
	_, errRead := client.DistTags(t.Context(), scoped)
	_, errWho := client.WhoAmI(t.Context())
	errPublish := client.Publish(t.Context(), publication("x"), credential())
	_, errExchange := client.Exchange(t.Context(), scoped, spec.NewSecret(idToken))

	g.Expect(log.String()).To(And(ContainSubstring("path=/-/package/@s%2fp/dist-tags"), ContainSubstring("status=404"),
		ContainSubstring("method=PUT"), ContainSubstring("duration=")))
	everything := log.String() + fmt.Sprint(errRead, errWho, errPublish, errExchange) +
		fmt.Sprintf("%v %+v %#v", client, *client, client)
	for _, secret := range []string{session, publish, idToken, "npm_read", "123456"} {
		g.Expect(everything).NotTo(ContainSubstring(secret))
	}
}
