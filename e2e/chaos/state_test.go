package chaos_test

import (
	"fmt"
	"path/filepath"
	"strings"
)

// stateFile is the state file of a schedule.
func (s schedule) stateFile(trusted bool) string {
	head := s.settings.String()
	if s.restricted && s.settings.access == "" {
		head += "\n  access: restricted"
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
`, head)
	platforms := s.blocksYAML()
	for _, entry := range s.entries() {
		text += fmt.Sprintf("    - name: %s\n      tag: v{version}\n%s      entry: {%s}\n      platforms:%s\n",
			filepath.Base(entry), s.way()+s.pin(), declared(entry), platforms)
		platforms = fmt.Sprintf(" {group: %s}", s.project)
	}
	if len(s.libraries) > 0 {
		form := "{package}@{version}"
		if s.lockstep {
			form = "v{version}"
		}
		text += fmt.Sprintf("    - name: libraries\n      tag: %q\n%s      packages:\n", form, s.way())
	}
	for _, name := range s.libraries {
		text += fmt.Sprintf("        - {%s}\n", declared(name))
	}
	return text
}

func declared(name string) string {
	return fmt.Sprintf("package: %q, artifact: \"dist/{version}/%s*\"", name, filepath.Base(name))
}

// blocksYAML is what the state file has of the platforms.
func (s schedule) blocksYAML() string {
	var text strings.Builder
	for _, b := range s.blocks {
		var targets []string
		for _, m := range b.members {
			if m.fields != "" {
				m.target = fmt.Sprintf("{name: %s, %s}", m.target, m.fields)
			}
			targets = append(targets, m.target)
		}
		fields := fmt.Sprintf("package: %q", b.form)
		if s.oneName && !b.pinned() {
			fields = fmt.Sprintf("package: %q, alias: %q", s.entry(), b.form)
		}
		if !b.given {
			fields += fmt.Sprintf(", artifact: \"dist/{version}/%s*\"", filepath.Base(b.form))
		}
		_, _ = fmt.Fprintf(&text, "\n        - {%s, targets: [%s]%s}", fields, strings.Join(targets, ", "), b.fields)
	}
	return text.String()
}
