package npm_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A manifest is held as long as the program runs: whatever of it is kept counts.
func TestLargeManifestsAreRefused(t *testing.T) {
	text := `"` + strings.Repeat("x", 300<<10) + `"`
	for name, field := range map[string]string{
		"dependencies": `"dependencies":{"a":` + text + `}`, "optional ones": `"optionalDependencies":{"a":` + text + `}`,
		"peers": `"peerDependencies":{"a":` + text + `}`, "peers that may be missing": `"peerDependenciesMeta":{` + text + `:{"optional":true}}`,
		"what is bundled": `"bundledDependencies":[` + text + `]`,
		"attestations":    `"dist":{"attestations":{"provenance":` + text + `}}`, "an approver": `"_npmUser":{"approver":` + text + `}`,
		"a deprecation": `"deprecated":` + text,
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, `{"name":"p","version":"1.0.0",%s}`, field)
			})
			_, err := client.Manifest(t.Context(), "p", "1.0.0")
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring("its lists and texts have more than 256 KiB")))
		})
	}
	client := serve(t, answer(200, `{"name":"p","version":"1.0.0","readme":`+text+`}`)) // of which nothing is kept
	_, err := client.Manifest(t.Context(), "p", "1.0.0")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
}
