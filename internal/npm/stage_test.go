package npm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const stageID = "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f"

func waiting() spec.Stage { return spec.Stage{ID: stageID, Name: scoped, Version: "1.0.0"} }

func TestStage(t *testing.T) {
	g := NewWithT(t)
	for body, id := range map[string]string{
		`{"message":"Package version staged successfully.","stageId":"` + stageID + `"}`: stageID,
		`{}`: "", `not JSON`: "", `{"stageId":"../../x"}`: "", `{"stageId":7}`: "",
	} {
		var sent map[string]any
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			g.Expect(r.Method + " " + r.RequestURI).To(Equal("POST /-/stage/package/@s%2fp"))
			g.Expect(r.Header.Get("npm-command")).To(Equal("stage"))
			g.Expect(r.Header.Get("npm-auth-type")).To(Equal("web"))
			g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + publish))
			g.Expect(json.NewDecoder(r.Body).Decode(&sent)).To(Succeed())
			answer(201, body)(w, r)
		})
		g.Expect(client.Stage(t.Context(), publication("content"), credential())).To(Equal(id), body)
		g.Expect(sent).To(And(HaveKeyWithValue("dist-tags", HaveKeyWithValue("latest", "1.0.0")), HaveKey("_attachments")))
	}
	_, err := serve(t, answer(201, "{}")).Stage(t.Context(), publication("content"), npm.Credential{})
	g.Expect(err).To(MatchError(spec.ErrRefused))
}

func TestMeaningOfStagingAnswers(t *testing.T) {
	exchanged := func(client *npm.Client) npm.Credential {
		with, err := client.Exchange(t.Context(), scoped, spec.NewSecret(idToken))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		return with
	}
	for _, c := range []struct {
		status     int
		body, says string
		is         []error
	}{
		{409, `{"error":"Cannot stage previously published version \"1.0.0\"."}`, "its number is taken", []error{spec.ErrAlreadyPublished}},
		{409, `{"error":"Cannot stage previously published version \"0.9.0\"."}`, "another version than 1.0.0", []error{spec.ErrDoubtful}},
		{409, `{"error":"Cannot publish over previously staged version \"1.0.0\"."}`, "took it earlier",
			[]error{spec.ErrAlreadyPublished, spec.ErrPending}},
		{409, `{"message":"Conflict - The request could not be completed due to a conflict."}`, "came in between",
			[]error{spec.ErrRace, spec.ErrDoubtful}},
		{400, `{"message":"Bad Request - Missing required fields: name, version, _attachments"}`, "malformed", nil},
		{404, `{"message":"Not Found - The specified package does not exist."}`, "may not publish", []error{spec.ErrRefused}},
		{404, `<html><title>Cannot POST</title>`, "no staged publishing", []error{spec.ErrRefused, spec.ErrUnsupported}},
		{405, ``, "no staged publishing", []error{spec.ErrRefused, spec.ErrUnsupported}},
		{403, `{"error":"OIDC permission denied for this action"}`, "npm stage publish", []error{spec.ErrRefused, spec.ErrNotPermitted}},
		{403, ``, "npm stage publish", []error{spec.ErrRefused, spec.ErrNotPermitted}},
		{401, `{"message":"Unauthorized"}`, "npm login", []error{spec.ErrRefused}},
		{500, `{"message":"An error occurred"}`, "may have landed", []error{spec.ErrDoubtful}},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			g := NewWithT(t)
			var sent atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/oidc/") {
					answer(201, `{"token":"npm_exchanged_0123456789"}`)(w, r)
					return
				}
				sent.Add(1)
				answer(c.status, c.body)(w, r)
			})
			_, err := client.Stage(t.Context(), publication("content"), exchanged(client))
			g.Expect(err).To(MatchError(And(HavePrefix("staging @s/p@1.0.0: "), ContainSubstring(c.says))))
			holdsExactly(g, err, c.is)
			g.Expect(sent.Load()).To(Equal(int32(1)))
		})
	}
}

// holdsExactly fails unless an error wraps all of these meanings, and none beside.
func holdsExactly(g *WithT, err error, means []error) {
	for _, sentinel := range []error{spec.ErrAlreadyPublished, spec.ErrPending, spec.ErrStaged, spec.ErrBurnt, spec.ErrDoubtful, spec.ErrRace,
		spec.ErrRefused, spec.ErrNotPermitted, spec.ErrNotFound, spec.ErrSecondFactor, spec.ErrUnsupported} {
		wanted := false
		for _, m := range means {
			wanted = wanted || errors.Is(m, sentinel)
		}
		g.Expect(errors.Is(err, sentinel)).To(Equal(wanted), "%v: %v", sentinel, err)
	}
}

func TestStages(t *testing.T) {
	g := NewWithT(t)
	const one = `{"id":"1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2f","packageName":"@s/p","version":"1.0.0","tag":"next",
		"createdAt":"2026-03-16T09:00:00.000Z","actor":"octo\u001b[31mcat","actorType":"trusted automation","access":"private",
		"shasum":"4f7f","status":"validating"}`
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.Header.Get("npm-command")).To(Equal("stage"))
		g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + session))
		switch r.RequestURI {
		case "/-/stage?package=%40s%2Fp&page=0&perPage=100":
			answer(200, `{"items":[`+one+`,{"id":"x","packageName":"Ancient Name"}],"page":0,"perPage":100,"total":2}`)(w, r)
		case "/-/stage/" + stageID + "/tarball":
			answer(200, "bytes")(w, r)
		default:
			t.Error(r.RequestURI)
		}
	})
	want := spec.Stage{ID: stageID, Name: scoped, Version: "1.0.0", DistTag: "next", Since: time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC),
		Actor: "octo [31mcat", Kind: "trusted automation", Access: spec.AccessRestricted, Shasum: "4f7f", Status: spec.StatusValidating}
	g.Expect(client.Stages(t.Context(), scoped)).To(Equal([]spec.Stage{want}))
	g.Expect(want.Approvable()).To(BeFalse())
	body, err := client.StageTarball(t.Context(), waiting())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(io.ReadAll(body)).To(BeEquivalentTo("bytes"))
	g.Expect(body.Close()).To(Succeed())

	for _, bad := range []string{`{"items":[{"id":"x","packageName":"p","version":"1.0.0"}],"total":1}`, "[]",
		`{"items":[{"id":"` + stageID + `","packageName":"p","version":"one"}],"total":1}`} {
		_, err := serve(t, answer(200, bad)).Stages(t.Context(), "")
		g.Expect(err).To(HaveOccurred(), bad)
	}
	g.Expect(serve(t, answer(200, `{"items":[],"total":0}`)).Stages(t.Context(), "")).To(BeEmpty())
	_, err = serve(t, answer(404, `{"error":"File not found"}`)).Stages(t.Context(), "")
	g.Expect(err).To(And(MatchError(spec.ErrUnsupported), Not(MatchError(spec.ErrNotFound))))
}

func TestStagesAreReadPageByPage(t *testing.T) {
	g := NewWithT(t)
	var mu sync.Mutex
	held, asked, dropped := 250, 0, false
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if asked++; page == 1 && !dropped { // somebody approves the newest in between, so that one moves to a page that was read
			dropped, held = true, held-1
		}
		var items []string
		for i := page * 100; i < min(page*100+100, held); i++ {
			items = append(items, fmt.Sprintf(`{"id":"1de6f3db-2ed9-4d72-b3dd-%012d","packageName":"p","version":"1.0.%d"}`, held-i, held-i))
		}
		answer(200, fmt.Sprintf(`{"items":[%s],"page":%d,"perPage":100,"total":%d}`, strings.Join(items, ","), page, held))(w, r)
	})
	g.Expect(client.Stages(t.Context(), "")).To(HaveLen(249))
	g.Expect(asked).To(Equal(2+3), "it was begun anew")

	_, err := serve(t, answer(200, `{"items":[],"total":7}`)).Stages(t.Context(), "")
	g.Expect(err).To(MatchError(ContainSubstring("run again")), "fewer than there are")
}

func TestMeaningOfStageAnswers(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, says string
		is         []error
	}{
		{401, `{"message":"Unauthorized"}`, "npm login", []error{spec.ErrRefused}},
		{403, `{"message":"Please enable 2fa for your account"}`, "switch on two-factor", []error{spec.ErrRefused}},
		{403, `{"message":"Insufficient permissions to access this resource"}`, "write access", []error{spec.ErrRefused}},
		{404, `{"message":"Not Found - No staged package version found with the provided ID."}`, "approved or rejected", []error{spec.ErrNotFound}},
		{404, `<html>`, "no staged publishing", []error{spec.ErrUnsupported}},
		{405, ``, "no staged publishing", []error{spec.ErrUnsupported}},
		{409, `{"message":"Conflict - The package version is still being validated."}`, "its scan has not ended:", []error{spec.ErrPending}},
		{409, `{"message":"Conflict - The request could not be completed due to a conflict."}`, "came in between",
			[]error{spec.ErrRace, spec.ErrDoubtful}},
		{500, ``, "may have landed", []error{spec.ErrDoubtful}},
		{302, ``, "redirects", nil},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			g := NewWithT(t)
			var sent atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				sent.Add(1)
				answer(c.status, c.body, "Location", "/elsewhere")(w, r)
			})
			approving, rejecting := client.Approve(t.Context(), waiting()), client.Reject(t.Context(), waiting())
			g.Expect(approving).To(MatchError(And(HavePrefix("approving @s/p@1.0.0: "), ContainSubstring(c.says))))
			g.Expect(rejecting).To(MatchError(And(HavePrefix("rejecting @s/p@1.0.0: "), ContainSubstring(c.says))))
			holdsExactly(g, approving, c.is)
			holdsExactly(g, rejecting, c.is)
			g.Expect(sent.Load()).To(Equal(int32(2)), "neither is sent twice")
		})
	}
}

func TestADecisionWithoutAnAnswerIsDoubtful(t *testing.T) {
	g := NewWithT(t)
	var sent atomic.Int32
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		sent.Add(1)
		if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = connection.Close()
		}
	})
	g.Expect(client.Approve(t.Context(), waiting())).To(MatchError(spec.ErrDoubtful))
	g.Expect(sent.Load()).To(Equal(int32(1)))
	unreachable := clientOf(t, "http://127.0.0.1:1").Reject(t.Context(), waiting())
	g.Expect(unreachable).To(HaveOccurred())
	g.Expect(unreachable).NotTo(MatchError(spec.ErrDoubtful), "nothing was sent")
	for _, id := range []string{"", "..", "1de6f3db-2ed9-4d72-b3dd-8f0e2b474a2g", stageID + "0"} {
		g.Expect(client.Approve(t.Context(), spec.Stage{ID: id})).To(MatchError(ContainSubstring("no ID")))
	}
	nobody := serve(t, answer(500, ""), func(o *npm.Options) { o.Session = spec.Secret{} })
	g.Expect(nobody.Approve(t.Context(), waiting())).To(MatchError(spec.ErrRefused))
	_, err := nobody.StageTarball(t.Context(), waiting())
	g.Expect(err).To(MatchError(spec.ErrRefused))
}

func TestOnePageServesAllApprovals(t *testing.T) {
	g := NewWithT(t)
	registry := &guarded{polls: 1, good: func(code string) bool { return code == "code-1" }}
	client := registry.client(t, "")
	problems := make([]error, 8)
	var all sync.WaitGroup
	for i := range problems {
		all.Go(func() { problems[i] = client.Approve(t.Context(), waiting()) })
	}
	all.Wait()
	g.Expect(errors.Join(problems...)).NotTo(HaveOccurred())
	g.Expect(registry.pages).To(Equal(1))
	g.Expect(client.Silent().Reject(t.Context(), waiting())).To(Succeed(), "by the held code")
}

// askStages asks all that can be asked of staged versions; see FuzzAnswers.
func (h hostile) askStages(client *npm.Client) {
	ctx := h.t.Context()
	id, err := client.Stage(ctx, publication("content"), credential())
	h.settled(err, publish)
	h.safe(id)
	if (err == nil) != (h.status/100 == 2) {
		h.t.Errorf("staging ends with %v after status %d", err, h.status)
	}
	list, err := client.Stages(ctx, "")
	h.settled(err, session)
	for _, s := range list {
		h.safe(fmt.Sprint(s.ID, s.Name, s.Version, s.DistTag, s.Actor, s.Kind, s.Access, s.Shasum, s.Status))
	}
	if tarball, err := client.StageTarball(ctx, waiting()); err == nil {
		_ = tarball.Close()
	} else {
		h.settled(err, session, http.StatusNotFound)
	}
	h.settled(client.Approve(ctx, waiting()), session, http.StatusNotFound)
	h.settled(client.Reject(ctx, waiting()), session, http.StatusNotFound)
}
