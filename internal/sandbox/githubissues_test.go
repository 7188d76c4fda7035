package sandbox_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestIssuesOfTheProject(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, sandbox.Options{Dir: dir})
	const repo = "/github/repos/agent-facets/facets/"
	s.Expect(s.get(repo + "issues").body).To(MatchJSON(`[]`))
	s.Expect(s.get(repo + "labels/npm-drift").body).To(MatchJSON(`{"name":"npm-drift"}`))

	opened := s.do("POST", repo+"issues", map[string]any{"title": "a", "body": "b", "labels": []string{"npm-drift"}})
	s.Expect(opened.status).To(Equal(201))
	s.Expect(opened.body).To(MatchJSON(`{"number":1,"state":"open","title":"a","body":"b","labels":[{"name":"npm-drift"}],
		"html_url":"` + s.url + repo + `issues/1"}`))
	s.Expect(s.do("POST", repo+"issues", map[string]any{"title": "other"}).status).To(Equal(201))
	edited := s.do("PATCH", repo+"issues/1", map[string]any{"body": "c", "state": "closed", "state_reason": "completed"})
	s.Expect(edited.status).To(Equal(200))
	s.Expect(edited.field("body")).To(Equal("c"))

	s.Expect(s.get(repo+"issues").body).NotTo(ContainSubstring(`"number":1`), "it is closed")
	s.Expect(s.get(repo + "issues?state=all&labels=npm-drift").body).To(And(
		ContainSubstring(`"number":1`), Not(ContainSubstring(`"number":2`))))
	for _, bad := range []string{"issues/3", "issues/x", "pulls"} {
		s.Expect(s.do("PATCH", repo+bad, map[string]any{"body": "c"}).status).To(Equal(404), bad)
	}
	s.Expect(s.do("POST", "/github/repos/o/other/issues", map[string]any{"title": "a"}).status).To(Equal(404))
	s.Expect(s.do("POST", repo+"git/matching-refs/tags/", map[string]any{}).status).To(Equal(405), "tags are only read")

	again := serve(t, sandbox.Options{Dir: dir})
	issues, err := again.world.Issues()
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(issues).To(Equal([]sandbox.Issue{
		{Number: 1, State: "closed", Title: "a", Body: "c", Labels: []string{"npm-drift"}}, {Number: 2, State: "open", Title: "other"}}))
}

func TestRemovedVersions(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	put := func(version string) reply {
		return s.put(publication{name: "@s/p", version: version, access: "public"})
	}
	for _, version := range []string{"1.0.0", "1.1.0"} {
		s.Expect(put(version).status).To(Equal(200))
	}
	s.Expect(s.world.Remove("@s/p", "2.0.0")).To(MatchError(spec.ErrNotFound))
	s.Expect(s.world.Remove("@s/other", "1.0.0")).To(MatchError(spec.ErrNotFound))
	s.Expect(s.world.Remove("..", "1.0.0")).NotTo(Succeed())
	s.Expect(s.world.Remove("@s/p", "1.0.0")).To(Succeed())
	for _, address := range []string{"/@s%2fp/1.0.0", "/@s/p/-/p-1.0.0.tgz"} {
		s.Expect(s.get(address).status).To(Equal(404), address)
	}
	s.Expect(s.get("/@s%2fp/1.1.0").status).To(Equal(200))
	s.Expect(s.get("/-/package/@s%2fp/dist-tags").body).To(MatchJSON(`{"latest":"1.1.0"}`))
	s.Expect(put("1.0.0").status).To(Equal(400), "a number is never free again")
}

func TestDeprecatedVersions(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	s.Expect(s.put(publication{name: "p", version: "1.0.0"}).status).To(Equal(200))
	s.Expect(s.world.Deprecate("p", "2.0.0", "x")).To(MatchError(spec.ErrNotFound))
	s.Expect(s.world.Deprecate("p", "1.0.0", "use q")).To(Succeed())
	s.Expect(s.get("/p/1.0.0").field("deprecated")).To(Equal("use q"))
	s.Expect(s.get("/p", "Accept: application/vnd.npm.install-v1+json").body).To(ContainSubstring(`"deprecated":"use q"`))
	s.Expect(s.world.Deprecate("p", "1.0.0", "")).To(Succeed())
	s.Expect(s.get("/p/1.0.0").body).NotTo(ContainSubstring("deprecated"))
}
