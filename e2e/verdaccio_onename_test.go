package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("one name on a real Verdaccio", Ordered, ContinueOnFailure, func() {
	const name = "@demo/tool"
	var (
		p       *place
		through *recorder
		file    string // the state file, without settings
	)
	withSettings := func(settings string) string {
		return strings.Replace(file, "        artifact: dist/tool\n", "        artifact: dist/tool\n        settings: {"+settings+"}\n", 1)
	}

	BeforeAll(func() {
		through = record(serveVerdaccio())
		p = newOneName()
		before, rest, _ := strings.Cut(p.read(stateFile), "  trustedPublisher:\n") // of which Verdaccio has none
		_, rest, _ = strings.Cut(rest, "  groups:\n")
		rest, _, _ = strings.Cut(rest, "    - name: libraries\n")
		file = before + "  groups:\n" + rest
		p.write(stateFile, file)
		p.write(".npmrc", fmt.Sprintf("registry=%[1]s/\n%[2]s/:_authToken=%[3]s\n",
			through.registry, strings.TrimPrefix(string(through.registry), "http:"), through.registry.login()))
		for _, version := range []string{"1.0.0", "1.1.0"} {
			p.buildTool(version)
			d := p.run("apply", "--tag", "v"+version, "-o", "json").ends(0).document()
			Expect(d.PublishedNow).To(ConsistOf(toolVersions(version)))
		}
	})

	It("is installed by npm, pnpm and bun: the right platform, and no other", func() {
		Expect(through.registry.distTags(name)).To(Equal(map[string]string{
			"latest": "1.1.0", "placeholder": "0.0.1",
			"darwin-arm64": "1.1.0-darwin-arm64", "linux-arm64": "1.1.0-linux-arm64", "linux-x64": "1.1.0-linux-x64",
		}))
		for _, client := range installers() {
			user, o := through.registry.add(client, "--os=darwin", "--cpu=arm64", name)
			o.ends(0)
			Expect(user.arrived(name)).To(ConsistOf("@demo/tool-darwin-arm64@npm:@demo/tool@1.1.0-darwin-arm64"), client)
			Expect(user.installed()).To(ConsistOf("@demo/tool@1.1.0", "@demo/tool@1.1.0-darwin-arm64"), client)
		}
	})

	It("has no settings, which is said", func() {
		for settings, what := range map[string]string{
			"access: restricted": "setting the access of", "tokens: allowed": "setting whether tokens may publish",
		} {
			p.write(stateFile, withSettings(settings))
			before := len(through.sent(http.MethodPost))
			o := p.run("apply", "--only", "settings", "--tag", "v1.1.0").ends(1)
			Expect(o.out).To(And(ContainSubstring("settings failed: "+what+" "+name+": the registry answered 404"),
				ContainSubstring("this registry seems to have no such setting: take it out of the state file"),
				Not(ContainSubstring("Next, by a human"))))
			asked := through.sent(http.MethodPost)[before:]
			Expect(asked).To(HaveLen(1))
			Expect(asked[0].path).To(Equal("/-/package/@demo%2ftool/access"))
		}
		before := len(through.sent(http.MethodPost))
		p.write(stateFile, withSettings("access: public"))
		p.run("apply", "--only", "settings", "--tag", "v1.1.0").ends(0)
		Expect(through.sent(http.MethodPost)).To(HaveLen(before), "all may read it already")
	})

	It("is deprecated by range, the platforms with their entry, and back", func() {
		for _, message := range []string{"use 1.1", ""} {
			p.write(stateFile, withSettings(`deprecated: [{versions: "<1.1.0", message: "`+message+`"}]`))
			p.run("apply", "--only", "deprecate", "--tag", "v1.1.0").ends(0)
			p.run("plan", "--tag", "v1.1.0", "--detailed-exitcode").ends(0)
			for version, warns := range map[string]bool{
				"0.0.1": true, "1.0.0": true, "1.0.0-linux-x64": true, "1.1.0": false, "1.1.0-linux-x64": false,
			} {
				var m struct{ Deprecated string }
				_, body := through.registry.request(http.MethodGet, "/@demo%2ftool/"+version, "")
				Expect(json.Unmarshal([]byte(body), &m)).To(Succeed())
				Expect(m.Deprecated).To(Equal(map[bool]string{true: message}[warns]), version)
			}
		}
	})
})
