package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestDeprecationsAreTheWholePackumentSentBack(t *testing.T) {
	s := serve(t, plain(sandbox.Options{}))
	for _, version := range []string{"1.0.0", "2.0.0"} {
		s.Expect(s.put(publication{name: "@s/p", version: version, access: "public"}).status).To(Equal(200))
	}
	read := func() string { return s.get("/@s%2fp?write=true", s.session()).body }
	send := func(body string) reply { return s.do(http.MethodPut, "/@s%2fp", body, s.session()) }

	first := read()
	s.Expect(s.get("/@s%2fp").body).NotTo(ContainSubstring("_rev"), "only who writes needs it")
	changed := strings.Replace(first, `"name":"@s/p","version":"2.0.0"`, `"name":"@s/p","deprecated":"broken","version":"2.0.0"`, 1)
	s.Expect(changed).NotTo(Equal(first))
	s.Expect(send(changed).status).To(Equal(200))
	s.Expect(s.get("/@s%2fp/2.0.0").body).To(ContainSubstring(`"deprecated":"broken"`))
	s.Expect(s.get("/@s%2fp/1.0.0").body).NotTo(ContainSubstring("deprecated"))
	s.Expect(send(changed).status).To(Equal(409), "somebody has changed it since")

	second := read()
	for what, body := range map[string]string{
		"another field":    strings.Replace(second, `"deprecated":"broken"`, `"deprecated":"broken","bin":{"p":"x"}`, 1),
		"another dist-tag": strings.Replace(second, `"latest":"2.0.0"`, `"latest":"1.0.0"`, 1),
		"no text":          strings.Replace(second, `"deprecated":"broken"`, `"deprecated":{}`, 1),
	} {
		s.Expect(body).NotTo(Equal(second), what)
		s.Expect(send(body).status).To(Equal(400), what)
	}
	s.Expect(s.do(http.MethodPut, "/@s%2fp", second).status).To(Equal(401))
	s.Expect(read()).To(Equal(second), "what is refused changes nothing")
	s.Expect(send(strings.Replace(second, `"deprecated":"broken"`, `"deprecated":""`, 1)).status).To(Equal(200))
	s.Expect(s.get("/@s%2fp/2.0.0").body).NotTo(ContainSubstring("deprecated"))
}
