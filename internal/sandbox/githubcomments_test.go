package sandbox_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestCommentsOfAPullRequest(t *testing.T) {
	s := serve(t, sandbox.Options{Dir: t.TempDir()})
	const repo = "/github/repos/agent-facets/facets/issues/"
	s.Expect(s.get(repo + "7/comments").body).To(MatchJSON(`[]`))
	made := s.do("POST", repo+"7/comments", map[string]any{"body": "a"})
	s.Expect(made.status).To(Equal(201))
	s.Expect(made.field("html_url")).To(HaveSuffix("/pull/7#issuecomment-1"))
	s.Expect(s.do("POST", repo+"8/comments", map[string]any{"body": "b"}).status).To(Equal(201))
	s.Expect(s.do("PATCH", repo+"comments/1", map[string]any{"body": "c"}).status).To(Equal(200))
	s.Expect(s.get(repo + "7/comments").body).To(And(ContainSubstring(`"body":"c"`), Not(ContainSubstring(`"body":"b"`))))
	for _, bad := range []string{"comments/3", "comments/x", "x/comments", "7/comments"} {
		s.Expect(s.do("PATCH", repo+bad, map[string]any{"body": "c"}).status).To(Equal(404), bad)
	}
	s.Expect(s.world.Comments()).To(Equal([]sandbox.Comment{{ID: 1, Number: 7, Body: "c"}, {ID: 2, Number: 8, Body: "b"}}))
}
