package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// script is what a step runs in a pipeline's shell.
type script struct {
	name, command string
	env           []string
	keeps         []string // of persist_to_workspace: paths below the project
}

func variables[V any](environment map[string]V) (pairs []string) {
	for name, value := range environment {
		pairs = append(pairs, name, fmt.Sprint(value))
	}
	return pairs
}

// prepare leaves what a checkout of agent-facets has, and what its image brings: go installs this program, and npm builds
// what is in .built.
func (p *place) prepare() {
	GinkgoHelper()
	p.write("LICENSE", "MIT\n")
	p.write("packages/cli/README.md", "# agent-facets\n")
	p.write("packages/cli/bin/facet.js", "#!/usr/bin/env node\n")
	p.write("packages/cli/package.json", fmt.Sprintf(`{"name": "agent-facets", "version": "1.0.0", "description": "Facets", "license": "MIT",
		"repository": %q, "bin": {"facet": "bin/facet.js"}, "scripts": {"prepack": "exit 1"}, "devDependencies": {"typescript": "*"}}`,
		cmp.Or(p.repository, "agent-facets/facets")))
	p.buildTargets(".built/packages/cli/dist", "1.0.0")
	for name, does := range map[string]string{
		"go": `[ "$*" = "install github.com/agent-facets/facets-reconcile/cmd/facets-reconcile@latest" ] || exit 64
mkdir -p "${GOBIN:=.executor}"
ln -sf "` + binary + `" "$GOBIN/facets-reconcile"`,
		"npm": `case "$*" in ci) ;; "run build") cp -R .built/. . ;; *) exit 64 ;; esac`,
	} {
		p.write(".executor/"+name, "#!/bin/bash -eu\n"+does+"\n")
		Expect(os.Chmod(p.path(".executor", name), 0o700)).To(Succeed())
	}
}

func (p *place) shell(s script) *gexec.Session {
	GinkgoHelper()
	By(s.name)
	return p.with(s.env...).start("/bin/bash", "-eo", "pipefail", "-c", s.command)
}

func (p *place) result() document {
	GinkgoHelper()
	var d document
	Expect(json.Unmarshal([]byte(p.read("reports/result.json")), &d)).To(Succeed())
	return d
}
