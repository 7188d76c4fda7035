package spec_test

import (
	"crypto/sha512"
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestParseIntegrity(t *testing.T) {
	good := spec.NewIntegrity(sha512.Sum512([]byte("good"))).String()
	other := spec.NewIntegrity(sha512.Sum512([]byte("other"))).String()
	const sha1, sha256 = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	for _, c := range []struct {
		name, text, want, wrong string
	}{
		{"one hash", good, good, ""},
		{"an older hash before it", sha1 + " " + good, good, ""},
		{"weaker hashes around it", sha256 + "\t" + good + "\n" + sha1, good, ""},
		{"two of them: the first counts", good + " " + other, good, ""},
		{"options", good + "?a=b&c", good, ""},
		{"white space around it", "  " + good + "\n", good, ""},
		{"nothing", "", "", "no sha512"},
		{"white space", " \t\n", "", "no sha512"},
		{"only older hashes", sha1 + " " + sha256, "", "no sha512"},
		{"another algorithm of the same digest", strings.Replace(good, "sha512-", "sha3-", 1), "", "no sha512"},
		{"no digest", "sha512-", "", "malformed"},
		{"only options", "sha512-?x", "", "malformed"},
		{"no base64", "sha512-!!!!", "", "malformed"},
		{"base64 for URLs", "sha512-" + strings.Repeat("_", 86) + "==", "", "malformed"},
		{"without padding", strings.TrimRight(good, "="), "", "malformed"},
		{"a digest too short", "sha512-AAAA", "", "malformed"},
		{"a digest too long", "sha512-" + strings.Repeat("A", 92), "", "malformed"},
		{"hexadecimal", "sha512-" + strings.Repeat("a", 128), "", "malformed"},
		{"a malformed one before a good one", "sha512-AAAA " + good, "", "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			integrity, err := spec.ParseIntegrity(c.text)
			g.Expect(integrity.String()).To(Equal(c.want))
			if c.wrong == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(c.wrong)))
		})
	}
	g := NewWithT(t)
	g.Expect(good).To(MatchRegexp(`^sha512-[A-Za-z0-9+/]{86}==$`))
}

func TestPlatformsCompareAsSets(t *testing.T) {
	linux := spec.Platform{OS: []string{"linux"}, CPU: []string{"x64", "arm64"}}
	for _, c := range []struct {
		name  string
		other spec.Platform
		equal bool
	}{
		{"the same", spec.Platform{OS: []string{"linux"}, CPU: []string{"x64", "arm64"}}, true},
		{"in another order", spec.Platform{OS: []string{"linux"}, CPU: []string{"arm64", "x64"}}, true},
		{"with one twice", spec.Platform{OS: []string{"linux", "linux"}, CPU: []string{"arm64", "x64", "arm64"}}, true},
		{"an empty libc", spec.Platform{OS: []string{"linux"}, CPU: []string{"x64", "arm64"}, Libc: []string{}}, true},
		{"one fewer", spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}}, false},
		{"one more", spec.Platform{OS: []string{"linux"}, CPU: []string{"x64", "arm64", "arm"}}, false},
		{"another os", spec.Platform{OS: []string{"darwin"}, CPU: []string{"x64", "arm64"}}, false},
		{"a libc", spec.Platform{OS: []string{"linux"}, CPU: []string{"x64", "arm64"}, Libc: []string{"musl"}}, false},
		{"anywhere", spec.Platform{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(linux.Equal(c.other)).To(Equal(c.equal))
			g.Expect(c.other.Equal(linux)).To(Equal(c.equal))
		})
	}
	g := NewWithT(t)
	g.Expect(linux.String()).To(Equal("linux/x64,arm64"))
	g.Expect(spec.Platform{}.String()).To(Equal("any/any"))
	g.Expect(spec.Platform{CPU: []string{"arm64"}, Libc: []string{"musl"}}.String()).To(Equal("any/arm64/musl"))
}

func TestManifestTakesWhatRegistriesServe(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       spec.Manifest
		wrong      bool
	}{
		{"lists", `{"os":["linux","darwin"],"cpu":["x64"],"libc":["glibc"]}`, spec.Manifest{
			OS: spec.List{"linux", "darwin"}, CPU: spec.List{"x64"}, Libc: spec.List{"glibc"}}, false},
		{"single strings", `{"os":"linux","cpu":"x64"}`, spec.Manifest{OS: spec.List{"linux"}, CPU: spec.List{"x64"}}, false},
		{"null and empty", `{"os":null,"cpu":"","libc":[]}`, spec.Manifest{Libc: spec.List{}}, false},
		{"a deprecation", `{"deprecated":"use b"}`, spec.Manifest{Deprecated: "use b"}, false},
		{"deprecated: true", `{"deprecated":true}`, spec.Manifest{Deprecated: "true"}, false},
		{"deprecated: false", `{"deprecated":false}`, spec.Manifest{}, false},
		{"deprecated: null", `{"deprecated":null}`, spec.Manifest{}, false},
		{"deprecated: nothing", `{"deprecated":""}`, spec.Manifest{}, false},
		{"what is not asked for", `{"name":"a","scripts":{"x":1},"_npmUser":{"name":"u","email":"e"}}`, spec.Manifest{
			Name: "a", Publisher: &spec.Publisher{Name: "u"}}, false},
		{"an os that is a number", `{"os":1}`, spec.Manifest{}, true},
		{"an os that is an object", `{"os":{}}`, spec.Manifest{}, true},
		{"a list of numbers", `{"cpu":[1]}`, spec.Manifest{}, true},
		{"a deprecation that is a number", `{"deprecated":1}`, spec.Manifest{}, true},
		{"a deprecation that is a list", `{"deprecated":["x"]}`, spec.Manifest{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			var m spec.Manifest
			err := json.Unmarshal([]byte(c.json), &m)
			if c.wrong {
				g.Expect(err).To(HaveOccurred())
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(m).To(Equal(c.want))
			g.Expect(m.Platform()).To(Equal(spec.Platform{OS: c.want.OS, CPU: c.want.CPU, Libc: c.want.Libc}))
		})
	}
	// Decoding into a value that is in use leaves nothing of it.
	g := NewWithT(t)
	list, text := spec.List{"old"}, spec.Text("old")
	g.Expect(json.Unmarshal([]byte(`null`), &list)).To(Succeed())
	g.Expect(json.Unmarshal([]byte(`false`), &text)).To(Succeed())
	g.Expect(list).To(BeNil())
	g.Expect(text).To(BeEmpty())
}

func TestOldManifestsAreReadAllTheSame(t *testing.T) {
	for text, want := range map[string]spec.Manifest{
		`{"bin": {"p": "p.js"}, "description": "d"}`: {Bin: spec.Commands{"p": "p.js"}, Description: "d"},
		`{"bin": "p.js", "description": ["d"]}`:      {},
		`{"bin": {"p": 7}, "description": null}`:     {},
		`{"bin": null, "description": {"a": "b"}}`:   {},
	} {
		g := NewWithT(t)
		var m spec.Manifest
		g.Expect(json.Unmarshal([]byte(text), &m)).To(Succeed(), text)
		g.Expect(m).To(Equal(want), text)
	}
}
