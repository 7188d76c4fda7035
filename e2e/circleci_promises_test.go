package e2e_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
)

// What a release needs of a configuration, which CircleCI itself would not miss.
func TestCircleCIConfigurationsKeepTheirPromises(t *testing.T) {
	for name, c := range releasing(t) {
		t.Run(name, func(t *testing.T) { NewWithT(t).Expect(c.broken()).To(BeEmpty()) })
	}
}

// Each tag of agent-facets' state file starts what publishes its release, once.
func TestCircleCIConfigurationsPublishEachTagOnce(t *testing.T) {
	g := NewWithT(t)
	state, err := desired.Load("../desired-state.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	var packages []string
	for _, p := range state.Packages() {
		if p.Group == "cli" {
			packages = append(packages, p.Name.String())
		}
	}
	g.Expect(packages).To(HaveLen(13))
	for name, c := range releasing(t) {
		calls := c.startedBy("agent-facets@1.2.0")
		if strings.HasSuffix(name, "matrix.yml") {
			var published []string
			for _, call := range calls {
				for _, one := range append(call.Matrix.Parameters["package"], call.Arguments["package"]) {
					if one != nil {
						published = append(published, fmt.Sprint(one))
					}
				}
			}
			g.Expect(published).To(ConsistOf(packages), name)
		} else {
			g.Expect(calls).To(HaveLen(1), name)
		}
		g.Expect(c.startedBy("v1.2.0")).To(BeEmpty(), name)
		libraries := c.startedBy("@agent-facets/adapter@1.2.0")
		g.Expect(libraries).To(HaveLen(map[bool]int{true: 1}[name == "docs/circleci/release.yml"]), name)
	}
}

// This project's own: every push is tested and a release of it tried, and every night agent-facets is compared with npm.
func TestCircleCIConfigurationOfThisProject(t *testing.T) {
	g := NewWithT(t)
	c, err := parseConfiguration(readYAML(t, "../.circleci/config.yml"))
	g.Expect(err).NotTo(HaveOccurred())
	does := func(workflow string) string {
		var all []string
		for _, one := range c.Workflows[workflow].Jobs {
			all = append(all, c.runs(one))
		}
		return strings.Join(all, "\n")
	}
	g.Expect(does("check")).To(And(MatchRegexp(`(?m)^\.ci/run$`), ContainSubstring("make snapshot-one"), ContainSubstring("make release")))
	g.Expect(does("nightly")).To(And(ContainSubstring("facets-reconcile drift"), Not(ContainSubstring("--file")),
		MatchRegexp(`(?m)^\.ci/run nightly$`), ContainSubstring("make vulncheck")))
	for _, one := range c.Workflows["nightly"].Jobs {
		if strings.Contains(c.runs(one), "facets-reconcile drift") {
			g.Expect(c.kept(one, c.runs(one))).To(BeEmpty())
		}
	}
	for _, one := range c.Workflows["check"].Jobs {
		if strings.Contains(c.runs(one), "make release") {
			g.Expect(one.Requires).To(ConsistOf("check", "snapshot", "vulnerabilities"))
			g.Expect(one.Context).To(HaveLen(1))
			g.Expect(one.Filters.Tags).To(HaveKeyWithValue("only", HavePrefix(`/^v\d+`)))
		}
	}
}

func TestCircleCIConfigurationsThatBreakTheirPromises(t *testing.T) {
	for name, c := range map[string]struct{ file, before, after, says string }{
		"a release without the context":    {"release", "name: release-cli\n          context: [bot-context]", "name: release-cli", "no context"},
		"a nightly check in another":       {"release", "context: [bot-context] # the release's", "context: [other] # the release's", "another context"},
		"a nightly check that always runs": {"release", "when: << pipeline.parameters.nightly >>\n    ", "", "always"},
		"a parameter that is on":           {"release", "default: false", "default: true", "always"},
		"test results elsewhere":           {"parallel", "store_test_results: {path: reports/junit}", "store_test_results: {path: results}", "reports/junit/release.xml is not kept"},
		"no artifacts":                     {"parallel", "store_artifacts: {path: reports}", "store_artifacts: {path: other}", "reports/release.html is not kept"},
		"no reports":                       {"release", " --report html=reports/release.html", "", "no html"},
		"two releases at once":             {"parallel", "serial-group: << pipeline.project.slug >>/agent-facets\n", "\n", "serial-group"},
		"nodes that all do everything":     {"parallel", " --shard circleci", "", "--shard"},
		"a share on one node":              {"parallel", "    parallelism: 4\n", "", "--shard"},
		"no approval":                      {"approval", "requires: [approve]", "requires: [plan]", "approval"},
		"an approval of nothing":           {"approval", "requires: [plan]\n", "\n", "approval"},
		"a plan that is lost":              {"approval", "paths: [release.plan, ", "paths: [", "release.plan"},
		"a plan that is not fetched":       {"approval", "      - attach_workspace: {at: .}\n", "", "release.plan"},
		"no directory of the entry":        {"matrix", "entry=packages/cli/dist/agent-facets", "entry=packages/cli/dist", "entry's directory"},
		"an entry before its platforms":    {"matrix", "requires: [platforms]", "requires: [build]", "before its platforms"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			configuration, err := parseConfiguration(spoilt(t, "../docs/circleci/"+c.file+".yml", c.before, c.after))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(configuration.broken()).To(ContainElement(ContainSubstring(c.says)))
		})
	}
}

// releasing are the configurations that the documentation and the orb give.
func releasing(t *testing.T) map[string]*configuration {
	t.Helper()
	g := NewWithT(t)
	found := map[string]*configuration{}
	files, err := filepath.Glob("../docs/circleci/*.yml")
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		found[strings.TrimPrefix(file, "../")], err = parseConfiguration(readYAML(t, file))
		g.Expect(err).NotTo(HaveOccurred())
	}
	for _, name := range []string{"release", "parallel", "approval", "staged"} {
		found["orb/"+name], err = orbExample(name)
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(len(found)).To(BeNumerically(">=", 9))
	return found
}

// runs is what the steps of a called job do in a shell.
func (c *configuration) runs(one call) string {
	var all []string
	for _, s := range c.steps(one.Job, one.Arguments) {
		if s.kind == "run" {
			all = append(all, s.text("command"))
		}
	}
	return strings.ReplaceAll(strings.Join(all, "\n"), "\\\n", "")
}

// startedBy are the calls that publish, and that a tag starts. CircleCI's patterns have to fit it whole.
func (c *configuration) startedBy(tag string) (found []call) {
	for _, w := range c.Workflows {
		for _, one := range w.Jobs {
			only, _ := one.Filters.Tags["only"].(string)
			fits := regexp.MustCompile(`^(?:` + strings.ReplaceAll(strings.Trim(only, "/"), `\/`, "/") + `)$`)
			if only != "" && fits.MatchString(tag) && strings.Contains(c.runs(one), "facets-reconcile apply") {
				found = append(found, one)
			}
		}
	}
	return found
}

// broken lists the promises that are not kept.
func (c *configuration) broken() (found []string) {
	contexts := map[string]bool{}
	var entry bool
	for _, w := range c.Workflows {
		for _, one := range w.Jobs {
			entry = entry || c.writesEntry(one)
			commands := c.runs(one)
			publishes, checks := strings.Contains(commands, "facets-reconcile apply"), strings.Contains(commands, "facets-reconcile drift")
			if !publishes && !checks {
				continue
			}
			if len(one.Context) != 1 {
				found = append(found, one.Job+" has no context of the trusted publisher's")
			}
			for _, context := range one.Context {
				contexts[context] = true
			}
			found = append(found, c.kept(one, commands)...)
			if publishes {
				found = append(found, c.careless(w, one, commands)...)
			}
			if nightly := c.Parameters["nightly"]; checks &&
				(w.When != "<< pipeline.parameters.nightly >>" || nightly.Type != "boolean" || nightly.Default != false) {
				found = append(found, one.Job+" runs always, not at night")
			}
		}
	}
	if len(contexts) > 1 {
		found = append(found, fmt.Sprintf("one has another context: %v", slices.Sorted(maps.Keys(contexts))))
	}
	if !entry {
		found = append(found, "nothing writes the entry's directory")
	}
	return found
}

func (c *configuration) writesEntry(one call) bool {
	return slices.ContainsFunc(c.steps(one.Job, one.Arguments), func(s step) bool {
		return s.text("name") == "Write the directory of the entry package" &&
			strings.Contains(fmt.Sprint(s.said), "packages/cli/dist/agent-facets")
	})
}

// kept lists the reports that are not written, or not kept where CircleCI shows them.
func (c *configuration) kept(one call, commands string) (found []string) {
	written := map[string]bool{}
	for _, report := range regexp.MustCompile(`--report (junit|html)=(\S+)`).FindAllStringSubmatch(commands, -1) {
		written[report[1]] = true
		by := map[string]string{"junit": "store_test_results", "html": "store_artifacts"}[report[1]]
		if !slices.ContainsFunc(c.steps(one.Job, one.Arguments), func(s step) bool {
			return s.kind == by && strings.HasPrefix(report[2], s.text("path")+"/")
		}) {
			found = append(found, fmt.Sprintf("%s: %s is not kept", one.Job, report[2]))
		}
	}
	for _, kind := range []string{"junit", "html"} {
		if !written[kind] {
			found = append(found, one.Job+" writes no "+kind)
		}
	}
	return found
}

// careless lists how a publishing job may do harm, or do nothing.
func (c *configuration) careless(w workflow, one call, commands string) (found []string) {
	only, _ := one.Filters.Tags["only"].(string)
	alone := one.Matrix.Parameters == nil && one.Arguments["package"] == nil // a matrix cannot be in a serial group
	if strings.HasPrefix(only, "/^agent-facets@") && alone && !strings.HasSuffix(one.SerialGroup, "/agent-facets") {
		found = append(found, one.Job+" has no serial-group")
	}
	nodes := fmt.Sprint(c.Jobs[filepath.Base(one.Job)].with(one.Arguments).Parallelism)
	if several := nodes != "<nil>" && nodes != "1"; several != strings.Contains(commands, "--shard circleci") {
		found = append(found, one.Job+": --shard circleci and parallelism go together")
	}
	if one.Arguments["package"] == "agent-facets" && !slices.ContainsFunc(w.Jobs, func(other call) bool {
		return other.Matrix.Alias != "" && slices.Contains(one.Requires, other.Matrix.Alias)
	}) {
		found = append(found, "the entry's job starts before its platforms are done")
	}
	if regexp.MustCompile(`facets-reconcile apply [^\n]*release\.plan`).MatchString(commands) {
		found = append(found, c.unapproved(w, one)...)
	}
	return found
}

// unapproved lists what is missing on the way of a saved plan from the job that made it, over an approval, to its end.
func (c *configuration) unapproved(w workflow, one call) (found []string) {
	called := func(name string) (found call) {
		for _, other := range w.Jobs {
			if other.Job == name {
				found = other
			}
		}
		return found
	}
	var approval, plan call
	for _, name := range one.Requires {
		if approval = called(name); approval.Type == "approval" && len(approval.Requires) > 0 {
			plan = called(approval.Requires[0])
		}
	}
	if plan.Job == "" {
		return []string{one.Job + " needs no approval of a plan"}
	}
	persisted := slices.ContainsFunc(c.steps(plan.Job, plan.Arguments), func(s step) bool {
		return s.kind == "persist_to_workspace" && strings.Contains(fmt.Sprint(s.said["paths"]), "release.plan")
	})
	attached := slices.ContainsFunc(c.steps(one.Job, one.Arguments), func(s step) bool { return s.kind == "attach_workspace" })
	if !persisted || !attached || !strings.Contains(c.runs(plan), "--out release.plan") {
		found = append(found, "release.plan does not come from "+plan.Job+" to "+one.Job)
	}
	return found
}
