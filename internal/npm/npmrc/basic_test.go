package npmrc_test

import (
	"encoding/base64"
	"testing"

	. "github.com/onsi/gomega"
)

func TestBasic(t *testing.T) {
	pair := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	const host = "https://r.test/npm/"
	for name, test := range map[string]struct {
		text string
		want string // "user:password"
		err  string
	}{
		"none":                     {"", "", ""},
		"the pair":                 {"//r.test/npm/:_auth=" + pair("u:p"), "u:p", ""},
		"of the whole host":        {"//r.test/:_auth=" + pair("u:p"), "u:p", ""},
		"user and password":        {"//r.test/npm/:username=u\n//r.test/npm/:_password=" + pair("p:q"), "u:p:q", ""},
		"a user alone":             {"//r.test/npm/:username=u", "", ""},
		"a token goes before it":   {"//r.test/npm/:_authToken=t\n//r.test/npm/:_auth=" + pair("u:p"), "", ""},
		"of another host":          {"//s.test/npm/:_auth=" + pair("u:p"), "", ""},
		"of another path":          {"//r.test/npm/a/:_auth=" + pair("u:p"), "", ""},
		"of no registry":           {"_auth=" + pair("u:p"), "", ""},
		"a password as it is":      {"//r.test/npm/:username=u\n//r.test/npm/:_password=s3cr&t", "", "_password is not base64"},
		"a variable that is unset": {"//r.test/npm/:_auth=${PAIR}", "", "PAIR"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			found, from, err := load(t, "", test.text).Basic(parseURL(t, host))
			if test.err != "" {
				g.Expect(err).To(MatchError(And(ContainSubstring(test.err), Not(ContainSubstring("s3cr")))))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(from == "").To(Equal(test.want == ""))
			if test.want == "" {
				g.Expect(found.Empty()).To(BeTrue())
			} else {
				g.Expect(found.Reveal()).To(Equal(pair(test.want)))
			}
		})
	}
}

func TestAlwaysAuth(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "always-auth=true": true, "always-auth=false": false, "//r.test/:always-auth=true": true,
		"//s.test/:always-auth=true": false, "always-auth=true\n//r.test/:always-auth=false": false,
	} {
		config := load(t, "", text)
		NewWithT(t).Expect(config.AlwaysAuth(parseURL(t, "https://r.test/npm/"))).To(Equal(want), text)
	}
}
