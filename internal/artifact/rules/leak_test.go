package rules_test

import (
	"archive/tar"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

const (
	plainPackage = `{"name": "p", "version": "1.0.0"}`
	// inKey is what stands in a made-up key.
	inKey = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
	// inToken is what stands behind the prefix of a made-up token.
	inToken = "a8Kq2Zr7Xw4Tn9Lc3Vb6Hm1Pd5Gs0Yf8Je2Ku"
)

// opened opens files as a directory and as a .tgz, which may hold what no directory does.
func opened(t *testing.T, files map[string]string, forms ...string) map[string]*artifact.Artifact {
	t.Helper()
	g := NewWithT(t)
	if _, ok := files["package.json"]; !ok {
		files["package.json"] = plainPackage
	}
	var headers []tar.Header
	for _, name := range slices.Sorted(maps.Keys(files)) {
		headers = append(headers, packagetest.Regular("package/"+name, files[name]))
	}
	if len(forms) == 0 {
		forms = []string{"directory", "tgz"}
	}
	found := map[string]*artifact.Artifact{}
	for _, form := range forms {
		made := packagetest.Directory
		if form == "tgz" {
			made = func(t testing.TB, _ map[string]string) string { return packagetest.Tgz(t, headers...) }
		}
		a, err := artifact.Open(t.Context(), made(t, files))
		g.Expect(err).NotTo(HaveOccurred())
		found[form] = a
	}
	return found
}

// problems returns what one rule has against an artifact.
func problems(t *testing.T, a *artifact.Artifact, want rules.Want, rule string) []rules.Problem {
	t.Helper()
	all, err := rules.Check(t.Context(), a, want)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return slices.DeleteFunc(all, func(p rules.Problem) bool { return p.Rule != rule })
}

// refuses expects one refusal by the rule, with these texts, that tells nothing of inKey and inToken.
func refuses(t *testing.T, a *artifact.Artifact, want rules.Want, rule string, texts ...string) {
	t.Helper()
	g := NewWithT(t)
	found := problems(t, a, want, rule)
	g.Expect(found).To(HaveLen(1))
	g.Expect(found[0].Refused).To(BeTrue())
	g.Expect(found[0].Next).NotTo(BeEmpty())
	for _, text := range texts {
		g.Expect(found[0].String()).To(ContainSubstring(text))
	}
	g.Expect(found[0].String()).NotTo(Or(ContainSubstring(inKey[:12]), ContainSubstring(inToken[:12])))
}

func warns(t *testing.T, a *artifact.Artifact, want rules.Want, rule string, texts ...string) {
	t.Helper()
	g := NewWithT(t)
	found := problems(t, a, want, rule)
	g.Expect(found).To(HaveLen(1))
	g.Expect(found[0].Refused).To(BeFalse())
	g.Expect(found[0].Next).NotTo(BeEmpty())
	for _, text := range texts {
		g.Expect(found[0].String()).To(ContainSubstring(text))
	}
}

func TestSecretsAreRefusedByNameAndKind(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		says  string
		only  string // the form that can hold it; "": both
	}{
		".npmrc": {map[string]string{"config/.npmrc": "//registry.example.test/:_authToken=" + inToken}, "config/.npmrc (an npm credential)", "tgz"},
		"a key":  {map[string]string{"lib/server.txt": "-----BEGIN PRIVATE KEY-----\n" + inKey + "\n"}, "lib/server.txt (a private key)", ""},
		".env":   {map[string]string{".env": "API_TOKEN=" + inToken}, ".env (variables with values)", ""},
		"a token in package.json": {map[string]string{"package.json": strings.Replace(plainPackage, "}", `, "config": {"t": "npm_`+inToken[:36]+`"}}`, 1)},
			"package.json (an npm token)", ""},
		"bun's configuration": {map[string]string{"bunfig.toml": "[install.registry]\nurl = \"https://registry.example.test\"\ntoken = \"" + inToken + "\""},
			"bunfig.toml (an npm credential)", ""},
	} {
		for form, a := range opened(t, test.files) {
			t.Run(name+" in a "+form, func(t *testing.T) {
				if test.only != "" && test.only != form {
					NewWithT(t).Expect(problems(t, a, rules.Want{}, "secrets")).To(BeEmpty(), "npm does not pack it")
					return
				}
				refuses(t, a, rules.Want{}, "secrets", test.says, "artifactAllow")
			})
		}
	}
}

func TestSecretsAreToldOnce(t *testing.T) {
	for _, a := range opened(t, map[string]string{
		"a.pem": "-----BEGIN RSA PRIVATE KEY-----\n" + inKey, "b.pem": "-----BEGIN EC PRIVATE KEY-----\n" + inKey,
		"c.pem": "-----BEGIN OPENSSH PRIVATE KEY-----\n" + inKey, "d.env": "T=ghp_" + inToken[:36], ".env.local": "A=b",
	}) {
		refuses(t, a, rules.Want{}, "secrets", ".env.local (variables with values), ", " and 2 more; ")
	}
}

func TestWhatIsNoSecretPasses(t *testing.T) {
	for form, a := range opened(t, map[string]string{
		".npmrc": "//registry.example.test/:_authToken=${NPM_TOKEN}\nregistry=https://registry.example.test/", ".env.example": "API_TOKEN=your-token\nPORT=3000",
		"cert.pem": "-----BEGIN CERTIFICATE-----\n" + inKey, "README.md": "Begins with -----BEGIN PRIVATE KEY-----",
		"index.js":   `const head = "-----BEGIN PRIVATE KEY-----\n` + inKey + `"; const token = "npm_` + inToken[:36] + `"`,
		".gitignore": ".env", "src/.env.ts": "A = 'b'", "src/env.json": `{"A": "b"}`,
	}) {
		t.Run(form, func(t *testing.T) { NewWithT(t).Expect(problems(t, a, rules.Want{}, "secrets")).To(BeEmpty()) })
	}
}

func TestArtifactAllowLetsThroughWhatIsMeant(t *testing.T) {
	files := map[string]string{
		"test/keys/a.pem": "-----BEGIN PRIVATE KEY-----\n" + inKey, "test/keys/deep/b.pem": "-----BEGIN PRIVATE KEY-----\n" + inKey,
		"test/keys/plain.txt": "none",
	}
	for pattern, lets := range map[string]int{
		"*.pem": 2, "test/keys/*.pem": 1, "test/**/*.pem": 2, "test/keys/**": 2, "**/deep/*": 1, "test/keys": 0, "keys/*.pem": 0, "TEST/**/*.pem": 0,
		"test/keys/*.txt": 0, "**/b.???": 1, "test/**/keys/**/a.pem": 1,
	} {
		t.Run(pattern, func(t *testing.T) {
			for _, a := range opened(t, files) {
				for _, allow := range []rules.Allow{{Own: []string{pattern}}, {Shared: []string{pattern}}} {
					g := NewWithT(t)
					want := rules.Want{Allow: allow}
					if lets == 2 {
						g.Expect(problems(t, a, want, "secrets")).To(BeEmpty())
					} else {
						refuses(t, a, want, "secrets", "test/keys/")
					}
					if lets == 1 {
						g.Expect(problems(t, a, want, "secrets")[0].Message).To(HaveSuffix("(a private key)"))
						g.Expect(problems(t, a, want, "secrets")[0].Message).NotTo(ContainSubstring(","))
					}
					if lets == 0 && len(allow.Own) > 0 {
						warns(t, a, want, "allowances", pattern, "nothing that needs it")
					} else {
						g.Expect(problems(t, a, want, "allowances")).To(BeEmpty())
					}
				}
			}
		})
	}
}

func TestARepositorysHistoryIsRefused(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"git, at the root": {".git/HEAD": "ref: refs/heads/main", ".git/config": "[core]", ".git/objects/aa/bb": "x", ".git/index": "x"},
		"Mercurial, below": {"vendor/lib/.hg/store/data": "x"},
		"Subversion":       {"lib/.svn/wc.db": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			first := slices.Sorted(maps.Keys(files))[0]
			a := opened(t, files, "tgz")["tgz"]
			refuses(t, a, rules.Want{}, "history", first, "history", "pack it again without")
			g := NewWithT(t)
			g.Expect(problems(t, a, rules.Want{Allow: rules.Allow{Own: []string{"**/.hg/**", "**/.svn/**", ".git/**"}}}, "history")).To(BeEmpty())
			g.Expect(problems(t, opened(t, files, "directory")["directory"], rules.Want{}, "history")).To(BeEmpty(), "npm packs none of it")
		})
	}
	g := NewWithT(t)
	for _, a := range opened(t, map[string]string{"src/git/HEAD": "x", ".github/workflows/a.yml": "x", ".gitattributes": "x", "bin/.git": "gitdir: x"}, "tgz") {
		g.Expect(problems(t, a, rules.Want{}, "history")).To(BeEmpty())
	}
}

func TestSourcesInAPlatformOrEntryAreWarnedOf(t *testing.T) {
	const sources, none = `{"version": 3, "sources": ["a.ts"], "sourcesContent": ["let a"], "mappings": ""}`, `{"version": 3, "sources": ["a.ts"], "mappings": ""}`
	platform, entry := rules.Want{Binary: true}, rules.Want{OptionalDependencies: map[string]string{"cli-linux-x64": "1.0.0"}}
	for _, a := range opened(t, map[string]string{"dist/a.js.map": sources, "dist/b.css.map": sources, "dist/c.js.map": none, "maps/world.json": sources}) {
		for _, want := range []rules.Want{platform, entry} {
			warns(t, a, want, "sources", "2 source maps of 160 B: dist/", "dist/a.js.map", "dist/b.css.map")
			want.Allow.Shared = []string{"*.map"}
			NewWithT(t).Expect(problems(t, a, want, "sources")).To(BeEmpty())
		}
		NewWithT(t).Expect(problems(t, a, rules.Want{}, "sources")).To(BeEmpty(), "a library's are for its users")
	}
}

func TestLeftoversOfMacOSAreWarnedOf(t *testing.T) {
	const double = "\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "
	a := opened(t, map[string]string{"._index.js": double, "lib/._b.js": double, "__MACOSX/._c.js": double, "lib/.DS_Store": "Bud1", "index.js": ""}, "tgz")["tgz"]
	warns(t, a, rules.Want{}, "leftovers", "and 1 more", "COPYFILE_DISABLE=1")
	for _, a := range opened(t, map[string]string{"__MACOSX/x": double, "index.js": ""}) {
		warns(t, a, rules.Want{}, "leftovers", "__MACOSX/x")
	}
	for _, a := range opened(t, map[string]string{"._x": "import", "._y": "", "lib/_z": double}, "tgz") {
		NewWithT(t).Expect(problems(t, a, rules.Want{}, "leftovers")).To(BeEmpty())
	}
}
