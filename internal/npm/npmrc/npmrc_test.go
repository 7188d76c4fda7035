package npmrc_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
)

// load reads a project's and a user's .npmrc of the given texts; "" for no file.
func load(t *testing.T, project, user string, environ ...string) *npmrc.Config {
	t.Helper()
	config, err := npmrc.Load(options(t, project, user, environ...))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return config
}

func options(t *testing.T, project, user string, environ ...string) npmrc.Options {
	t.Helper()
	o := npmrc.Options{Dir: t.TempDir(), Home: t.TempDir(), Environ: environ}
	for dir, text := range map[string]string{o.Dir: project, o.Home: user} {
		if text != "" {
			NewWithT(t).Expect(os.WriteFile(filepath.Join(dir, ".npmrc"), []byte(text), 0o600)).To(Succeed())
		}
	}
	return o
}

func parseURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(raw)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return parsed
}

func TestRegistry(t *testing.T) {
	for name, test := range map[string]struct {
		project, user string
		environ       []string
		want, from    string
	}{
		"nothing":    {},
		"the user's": {user: "registry=https://u.test/", want: "https://u.test/", from: ".npmrc:1"},
		"the project's before it": {
			project: "\n# x\nregistry = https://p.test/", user: "registry=https://u.test/",
			want: "https://p.test/", from: ".npmrc:3",
		},
		"the scope's before both": {
			project: "registry=https://p.test/", user: "@s:registry=https://s.test/",
			want: "https://s.test/", from: ".npmrc:1",
		},
		"another scope's": {user: "@other:registry=https://s.test/"},
		"the environment's": {
			project: "registry=https://p.test/", environ: []string{"NPM_CONFIG_REGISTRY=https://e.test/"},
			want: "https://e.test/", from: "NPM_CONFIG_REGISTRY",
		},
		"lower case before upper": {
			environ: []string{"npm_config_registry=https://l.test/", "NPM_CONFIG_REGISTRY=https://e.test/"},
			want:    "https://l.test/", from: "npm_config_registry",
		},
		"an empty variable": {
			user: "registry=https://u.test/", environ: []string{"npm_config_registry="},
			want: "https://u.test/", from: ".npmrc:1",
		},
		"a variable inside": {
			user: "registry=https://${HOST}${OPTIONAL?}/", environ: []string{"HOST=u.test"},
			want: "https://u.test/", from: ".npmrc:1",
		},
		"quotes":        {user: `registry = "https://u.test/"`, want: "https://u.test/", from: ".npmrc:1"},
		"single quotes": {user: `registry='https://u.test/'`, want: "https://u.test/", from: ".npmrc:1"},
		"a comment behind it": {
			user: "registry=https://u.test/ ; why",
			want: "https://u.test/", from: ".npmrc:1",
		},
		"a comment, a key, a section": {user: ";registry=https://a.test/\nregistry\n[x]\nregistry=https://b.test/"},
		"Windows' line ends and BOM": {
			user: "\ufeffx=y\r\nregistry=https://u.test/\r\n",
			want: "https://u.test/", from: ".npmrc:2",
		},
		"the last line wins": {
			user: "registry=https://a.test/\nregistry=https://u.test/",
			want: "https://u.test/", from: ".npmrc:2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			value, from, err := load(t, test.project, test.user, test.environ...).Registry("@s")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(value).To(Equal(test.want))
			g.Expect(from).To(HaveSuffix(test.from))
		})
	}
}

func TestEnvironmentRegistry(t *testing.T) {
	g := NewWithT(t)
	value, from := load(t, "registry=https://p.test/", "").EnvironmentRegistry()
	g.Expect([]string{value, from}).To(Equal([]string{"", ""}))
	value, from = load(t, "", "", "npm_config_registry=https://e.test/").EnvironmentRegistry()
	g.Expect([]string{value, from}).To(Equal([]string{"https://e.test/", "npm_config_registry"}))
}

func TestFilesThatTheEnvironmentNames(t *testing.T) {
	g := NewWithT(t)
	o := options(t, "", "registry=https://ignored.test/", "npm_config_userconfig=~/mine", "NPM_CONFIG_GLOBALCONFIG=~/global")
	g.Expect(os.WriteFile(filepath.Join(o.Home, "mine"), []byte("a=b"), 0o600)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(o.Home, "global"), []byte("registry=https://g.test/"), 0o600)).To(Succeed())
	config, err := npmrc.Load(o)
	g.Expect(err).NotTo(HaveOccurred())
	value, from, err := config.Registry("")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(value).To(Equal("https://g.test/"))
	g.Expect(from).To(Equal(filepath.Join(o.Home, "global") + ":1"))
}

func TestUnreadableFilesAreAllReported(t *testing.T) {
	g := NewWithT(t)
	o := options(t, "", "//h.test/:_authToken=sssecret\n"+strings.Repeat("#\n", 1<<20))
	g.Expect(os.Mkdir(filepath.Join(o.Dir, ".npmrc"), 0o700)).To(Succeed())
	_, err := npmrc.Load(o)
	g.Expect(err).To(MatchError(ContainSubstring(o.Dir)))
	g.Expect(err).To(MatchError(ContainSubstring(o.Home)))
	g.Expect(err.Error()).NotTo(ContainSubstring("sssecret"))
}

func TestConfigShowsNoToken(t *testing.T) {
	config := load(t, "//h.test/:_authToken=sssecret", "//h.test/:_auth=sssecret", "npm_config_//h.test/:_authToken=sssecret")
	shown := fmt.Sprintf("%v %+v %#v %+v", config, config, config, *config)
	NewWithT(t).Expect(shown).NotTo(ContainSubstring("sssecret"))
}

// FuzzLoad reads any .npmrc, with a variable that it may refer to.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"registry=\"${A}\\\\${B?}\n[x]\n'='", "//h.test/:_authToken=\\${A}#", "//h.test/:_authToken=${A}", "${A}:_authToken=t",
		"registry=${\x1b[2J\u202e}", "@s:registry=https://${A}/${${A}}/${A", "//h.test/:_auth=${A}", "registry=${A?}${?}${}", "\xff=\xfe",
		"__proto__=x\nregistry[]=a\nregistry[]=b", "registry = \"https:\\u002f\\u002fx\"", "\ufeffregistry=x\r\n//other.test/:_authToken=x",
	} {
		f.Add(text, "b")
		f.Add(text, "//other.test/${A}\n")
	}
	f.Fuzz(func(t *testing.T, text, variable string) {
		const secret = "sssecret-of-the-environment"
		if strings.Contains(text+variable, secret) {
			return
		}
		config := load(t, text, "", "A="+secret+variable)
		value, from, err := config.Registry("@s")
		settled(t, err, secret)
		if (value == "") != (from == "") {
			t.Errorf("%q is said by %q", value, from)
		}
		for _, host := range []string{"h.test", "other.test"} {
			token, _, err := config.Token(&url.URL{Scheme: "https", Host: host})
			settled(t, err, secret)
			if err != nil && !token.Empty() {
				t.Errorf("a token with an error: %v", err)
			}
			// In quotes, letters may be written as their numbers.
			if !strings.Contains(text+variable, host) && !strings.Contains(text, `\u`) && !token.Empty() {
				t.Errorf("%s gets a token that is none of its own", host)
			}
		}
	})
}

// settled tells whether an error shows no value of a variable, and can be shown at a terminal as it is.
func settled(t *testing.T, err error, secret string) {
	t.Helper()
	if err == nil {
		return
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) || !utf8.ValidString(err.Error()) {
		t.Errorf("it would reach the terminal as it is: %q", err)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("it shows a secret: %v", err)
	}
}
