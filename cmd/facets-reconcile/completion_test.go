package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestCompletion(t *testing.T) {
	const demo = "../../e2e/testdata/demo/desired-state.yaml"
	packages := []string{"demo", "@demo/cli-darwin-arm64", "@demo/cli-linux-arm64", "@demo/cli-linux-x64", "@demo/adapter", "@demo/core"}
	for name, test := range map[string]struct {
		words []string
		want  []string
	}{
		"packages":               {[]string{"plan", "-f", demo, "--package", ""}, packages},
		"packages that begin so": {[]string{"apply", "--file=" + demo, "--package", "@demo/cli-l"}, packages[2:4]},
		"packages, with =":       {[]string{"wait", "-f", demo, "--package=@demo/co"}, []string{"@demo/core"}},
		"groups":                 {[]string{"doctor", "-f", demo, "--group", ""}, []string{"cli", "libraries"}},
		"no state file":          {[]string{"plan", "-f", "nowhere.yaml", "--group", ""}, nil},
		"outputs":                {[]string{"plan", "-o", ""}, []string{"table", "json", "yaml", "markdown"}},
		"the output of init":     {[]string{"init", "-o", ""}, []string{"-"}},
		"actions":                {[]string{"apply", "--only", ""}, actionWords()},
		"further actions":        {[]string{"apply", "--only", "seed,t"}, []string{"seed,trust", "seed,tag"}},
		"credentials":            {[]string{"apply", "--auth", ""}, []string{"auto", "oidc", "token"}},
		"log levels":             {[]string{"plan", "--log-level", ""}, []string{"debug", "info", "warn", "error"}},
		"log formats":            {[]string{"init", "--log-format", ""}, []string{"text", "json"}},
		"kinds of reports":       {[]string{"drift", "--report", ""}, []string{"json=", "junit=", "markdown=", "html=", "github=", "gitlab="}},
		"a kind of report":       {[]string{"apply", "--report", "j"}, []string{"json=", "junit="}},
		"the file of a report":   {[]string{"plan", "--report", "html=r"}, nil},
		"kinds of faults":        {[]string{"sandbox", "--fault", "lost"}, []string{"lost", "lost-5xx"}},
		"what a fault is about":  {[]string{"plan", "--fault", "lost,on"}, nil},
		"shards":                 {[]string{"apply", "--shard", ""}, []string{"circleci", "gitlab"}},
		"tags":                   {[]string{"apply", "--tag", ""}, nil},
		"state files":            {[]string{"validate", "-f", ""}, []string{"yaml", "yml"}},
		"a subcommand's":         {[]string{"sandbox", "tag", "-f", ""}, []string{"yaml", "yml"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var out bytes.Buffer
			code := run(t.Context(), append([]string{"__complete"}, test.words...), streams{out: &out, err: io.Discard})
			g.Expect(code).To(Equal(0))
			var found []string
			for line := range strings.Lines(out.String()) {
				if value, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); !strings.HasPrefix(value, ":") {
					found = append(found, value)
				}
			}
			g.Expect(found).To(Equal(test.want), out.String())
		})
	}
}

// Every value that completion offers is one that the flag takes.
func TestCompletionOffersWhatIsTaken(t *testing.T) {
	for _, words := range [][]string{
		{"plan", "--output"}, {"apply", "--auth"}, {"apply", "--only"}, {"plan", "--log-level"}, {"plan", "--log-format"},
	} {
		var out bytes.Buffer
		run(t.Context(), slices.Concat([]string{"__complete"}, words, []string{""}), streams{out: &out, err: io.Discard})
		for line := range strings.Lines(out.String()) {
			value, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if strings.HasPrefix(value, ":") {
				continue
			}
			t.Run(strings.Join(words, " ")+" "+value, func(t *testing.T) {
				g := NewWithT(t)
				var said bytes.Buffer
				args := append(slices.Clone(words), value, "--file", "nowhere.yaml")
				g.Expect(run(t.Context(), args, streams{out: io.Discard, err: &said})).To(Equal(1))
				g.Expect(said.String()).To(ContainSubstring("no state file"), "it came as far as the state file")
			})
		}
	}
}
