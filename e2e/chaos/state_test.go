package chaos_test

import (
	"fmt"
	"path/filepath"
	"strings"
)

// stateFile is the state file of a schedule.
func (s schedule) stateFile(trusted bool) string {
	head := ""
	if s.restricted {
		head = "\n  access: restricted"
	}
	if trusted {
		head += `
  source: {github: ` + repository + `}
  trustedPublisher:
    circleci:
      organizationID: 0b5f0a0e-6c2f-4a1e-9d37-111111111111
      projectID: 0b5f0a0e-6c2f-4a1e-9d37-222222222222
      pipelineDefinitionID: 0b5f0a0e-6c2f-4a1e-9d37-333333333333
      contextIDs: [0b5f0a0e-6c2f-4a1e-9d37-444444444444]
      vcsOrigin: github.com/` + repository + `
    permissions: [publish]`
	}
	text := fmt.Sprintf(`apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
metadata: {name: demo}
spec:%s
  groups:
    - name: cli
      tag: v{version}
%s%s      entry: {package: "%s", artifact: "dist/{version}/%s*"}
      platforms:%s
`, head, s.pin(), s.way(), s.entry(), filepath.Base(s.entry()), s.blocks())
	if len(s.libraries) > 0 {
		text += "    - name: libraries\n      tag: \"{package}@{version}\"\n      packages:\n"
	}
	for _, name := range s.libraries {
		text += fmt.Sprintf("        - {package: %q, artifact: \"dist/{version}/%s*\"}\n", name, filepath.Base(name))
	}
	return text
}

// blocks are the platforms of the entry: one block, or the last one apart.
func (s schedule) blocks() string {
	block := func(targets []string, more string) string {
		return fmt.Sprintf("\n        - {package: \"@%s/cli-{target}\", artifact: \"dist/{version}/cli-{target}*\", targets: [%s]%s}",
			s.project, strings.Join(targets, ", "), more)
	}
	if s.oneName {
		return fmt.Sprintf("\n        {package: %q, alias: \"@%s/cli-{target}\", artifact: \"dist/{version}/cli-{target}*\", targets: [%s]}",
			s.entry(), s.project, strings.Join(s.targets, ", "))
	}
	last := len(s.targets) - 1
	if !s.apart {
		return block(s.targets, "")
	}
	return block(s.targets[:last], "") + block(s.targets[last:], ", tag: \"v{version}\"")
}
