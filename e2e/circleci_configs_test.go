package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

func TestCircleCIConfigurations(t *testing.T) {
	files, err := filepath.Glob("../docs/circleci/*.yml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(len(files)).To(BeNumerically(">=", 4))
	for _, file := range append(files, "../.circleci/config.yml") {
		t.Run(strings.TrimPrefix(file, "../"), func(t *testing.T) {
			NewWithT(t).Expect(wrong(t, readYAML(t, file))).To(BeEmpty())
		})
	}
}

// What CircleCI's schema and the references let pass would be worth nothing if it were everything.
func TestCircleCIConfigurationsThatAreWrong(t *testing.T) {
	for name, c := range map[string]struct{ before, after, says string }{
		"a job without steps":             {"    steps:\n      - checkout\n      - install\n      - run:\n          name: Compare", "    stepz:\n      - run:\n          name: Compare", "/jobs/drift"},
		"no executor":                     {"docker: [{image: cimg/go:1.26-node}]\n    resource_class: small", "resource_class: small", "/jobs/drift"},
		"a step that is a list":           {"- keep-reports", "- [keep-reports]", "/jobs/release/steps"},
		"a step with a wrong key":         {"no_output_timeout: 30m", "no_output_timeout: soon", "/jobs/release/steps"},
		"a filter with a wrong key":       {"filters: {branches: {ignore: /.*/}", "filters: {branches: {ignored: /.*/}", "/workflows/release/jobs"},
		"no path to keep":                 {"store_artifacts: {path: reports}", "store_artifacts: {paths: reports}", "/commands/keep-reports"},
		"a command that is not there":     {"- keep-reports", "- keep-report", "keep-report is no command"},
		"a job that is not there":         {"      - drift:\n", "      - drifts:\n", "drifts is no job"},
		"a parameter that is not there":   {"<< pipeline.parameters.nightly >>", "<< pipeline.parameters.night >>", "night is no parameter"},
		"a release on every branch":       {"filters: {branches: {ignore: /.*/}, tags", "filters: {tags", "has tags, and runs on branches"},
		"a requirement that is not there": {"          name: release-library\n", "          requires: [build]\n", "build is not in workflow release"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("../docs/circleci/release.yml")
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(string(text)).To(ContainSubstring(c.before))
			spoilt := strings.Replace(string(text), c.before, c.after, 1)
			NewWithT(t).Expect(wrong(t, []byte(spoilt))).To(ContainElement(ContainSubstring(c.says)))
		})
	}
}

func TestCircleCIGuideQuotesTheFiles(t *testing.T) { quotesWhole(t, "../docs/circleci.md", "circleci") }

func TestCircleCIOrb(t *testing.T) {
	g := NewWithT(t)
	orb, err := packedOrb()
	g.Expect(err).NotTo(HaveOccurred())
	for _, folder := range orbFolders() {
		g.Expect(orb[folder]).NotTo(BeEmpty(), folder)
		for name, entry := range asMap(orb[folder]) {
			g.Expect(entry).To(HaveKeyWithValue("description", Not(BeEmpty())), name)
		}
	}
	packed, err := yaml.Marshal(orb)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(circleciErrors(t, packed)).To(BeEmpty())
	examples := asMap(orb["examples"])
	delete(orb, "examples")
	packed, err = yaml.Marshal(orb)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(wrong(t, packed)).To(BeEmpty())

	for name, example := range examples {
		usage := asMap(asMap(example)["usage"])
		orbs := asMap(usage["orbs"])
		g.Expect(orbs).To(HaveKey("facets-reconcile"), name)
		text, err := yaml.Marshal(usage)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(circleciErrors(t, text)).To(BeEmpty(), name)
		orbs["facets-reconcile"] = map[string]any{"commands": orb["commands"], "executors": orb["executors"], "jobs": orb["jobs"]}
		text, err = yaml.Marshal(usage)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(wrong(t, text)).To(BeEmpty(), "%s with the orb in it", name)
	}
}

// wrong lists what is wrong with a configuration, by CircleCI's schema and by its own references.
func wrong(t *testing.T, text []byte) []string {
	t.Helper()
	found := circleciErrors(t, text)
	c, err := parseConfiguration(text)
	if err != nil {
		return append(found, err.Error())
	}
	return append(found, c.dangling(string(text))...)
}

func circleciErrors(t *testing.T, text []byte) []string {
	t.Helper()
	document, err := yaml.YAMLToJSONStrict(text)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return schemaErrors(t, "circleci", document)
}

// dangling lists the names that lead nowhere, and the jobs that would run at the wrong time.
func (c *configuration) dangling(text string) (found []string) {
	commands, jobs := slices.Collect(maps.Keys(c.Commands)), slices.Collect(maps.Keys(c.Jobs))
	for alias, orb := range c.Orbs {
		inline, _ := orb.(map[string]any)
		for kind, names := range map[string]*[]string{"commands": &commands, "jobs": &jobs} {
			entries, _ := inline[kind].(map[string]any)
			for name := range entries {
				*names = append(*names, alias+"/"+name)
			}
		}
	}
	for name, w := range maps.All(c.Commands) {
		found = append(found, w.dangling(name, commands)...)
	}
	for name, w := range maps.All(c.Jobs) {
		found = append(found, w.dangling(name, commands)...)
	}
	for _, parameter := range regexp.MustCompile(`<< *pipeline\.parameters\.([\w-]+) *>>`).FindAllStringSubmatch(text, -1) {
		if _, ok := c.Parameters[parameter[1]]; !ok {
			found = append(found, parameter[1]+" is no parameter of the pipeline")
		}
	}
	for workflow, w := range c.Workflows {
		found = append(found, runs(workflow, w.Jobs, jobs)...)
	}
	return found
}

// dangling lists the steps that are no commands.
func (w work) dangling(name string, commands []string) (found []string) {
	builtIn := []string{"checkout", "run", "store_test_results", "store_artifacts", "persist_to_workspace", "attach_workspace",
		"save_cache", "restore_cache", "setup_remote_docker", "when", "unless", "steps"}
	for _, step := range w.Steps {
		called, ok := step.(string)
		for key := range asMap(step) {
			called = key
			ok = true
		}
		if strings.HasPrefix(called, "<<") {
			continue
		}
		if !ok || !slices.Contains(builtIn, called) && !slices.Contains(commands, called) {
			found = append(found, fmt.Sprintf("%s: %s is no command", name, called))
		}
	}
	return found
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// runs lists the jobs of a workflow that are not there, that wait for one that is not in it, or that a branch would start.
// CircleCI runs a job for a tag only if all that it requires have a filter for tags as well.
func runs(workflow string, calls []call, jobs []string) (found []string) {
	const everything = "/.*/"
	tagged := map[string]bool{}
	for _, c := range calls {
		for _, name := range []string{c.Job, c.Name, c.Matrix.Alias} {
			tagged[name] = tagged[name] || c.Filters.Tags != nil
		}
		if c.Type != "approval" && !slices.Contains(jobs, c.Job) {
			found = append(found, c.Job+" is no job")
		}
		if tags := c.Filters.Tags; tags != nil && tags["only"] != everything && c.Filters.Branches["ignore"] != everything {
			found = append(found, c.Job+" has tags, and runs on branches")
		}
	}
	for _, c := range calls {
		for _, name := range c.Requires {
			if has, ok := tagged[name]; !ok || name == "" {
				found = append(found, fmt.Sprintf("%s is not in workflow %s", name, workflow))
			} else if c.Filters.Tags != nil && !has {
				found = append(found, fmt.Sprintf("%s needs %s, which no tag starts", c.Job, name))
			}
		}
	}
	return found
}
