package e2e_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// What this project's own releases are made with is what was tried: nothing that builds, tests or signs changes by itself.
func TestWhatBuildsARelease(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{".circleci/config.yml", "Dockerfile", "Makefile"} {
		files[name] = string(readYAML(t, "../"+name))
	}
	NewWithT(t).Expect(unpinned(files)).To(BeEmpty())

	for name, c := range map[string]struct{ file, before, after string }{
		"an image of CI by its series":         {".circleci/config.yml", "{image: cimg/go:1.26.9-node}", "{image: cimg/go:1.26-node}"},
		"an image of CI without a tag":         {".circleci/config.yml", "{image: cimg/go:1.26.9-node}", "{image: cimg/go}"},
		"an orb by its series":                 {".circleci/config.yml", "\njobs:", "\norbs:\n  node: circleci/node@7\n\njobs:"},
		"an orb that moves":                    {".circleci/config.yml", "\njobs:", "\norbs: {node: circleci/node@volatile}\n\njobs:"},
		"an image of the build without digest": {"Dockerfile", "@sha256:28bd5fe8b56d1bd048e5babf5b10710ebe0bae67db86916198a6eec434943f8b", ""},
		"a tool by its branch":                 {"Makefile", "COSIGN_VERSION := v3.1.3", "COSIGN_VERSION := main"},
		"a tool that is the latest":            {"Makefile", "govulncheck@$(GOVULNCHECK_VERSION)", "govulncheck@latest"},
		"a tool that is run as it comes":       {"Makefile", "$(GOVULNCHECK) ./...", "go run golang.org/x/vuln/cmd/govulncheck@latest ./..."},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(files[c.file]).To(ContainSubstring(c.before))
			spoilt := maps.Clone(files)
			spoilt[c.file] = strings.Replace(files[c.file], c.before, c.after, 1)
			g.Expect(unpinned(spoilt)).To(HaveLen(1))
		})
	}
}

// unpinned lists what may be another thing tomorrow: images and orbs of CI, images that ours is built from, tools that are installed.
func unpinned(files map[string]string) (found []string) {
	exact := `v?\d+\.\d+\.\d+`
	for _, kind := range []struct{ file, names, pinned string }{
		{".circleci/config.yml", `\bimage: *([^\s,}]+)`, `:` + exact + `(-[a-z]+)?(@sha256:[0-9a-f]{64})?$`},
		{".circleci/config.yml", `\w: *([\w-]+/[\w-]+@[^\s,}]+)`, `@` + exact + `$`},
		{"Dockerfile", `(?m)^FROM (?:--platform=\S+ )?(\S+)`, `^scratch$|:` + exact + `@sha256:[0-9a-f]{64}$`},
		{"Makefile", `(?m)\bgo (?:install|run) (\S+@\S+)`, `@\$\([A-Z]+_VERSION\)$`},
		{"Makefile", `(?m)^[A-Z]+_VERSION := (v.*|[^$].*)$`, `^` + exact + `$`},
	} {
		for _, name := range regexp.MustCompile(kind.names).FindAllStringSubmatch(files[kind.file], -1) {
			if !regexp.MustCompile(kind.pinned).MatchString(name[1]) {
				found = append(found, kind.file+": "+name[1])
			}
		}
	}
	return found
}

// standIns is a folder for PATH with a circleci and a cosign that write down how they were called, and with which token.
func standIns(t *testing.T, circleci string) (dir string, calls func() []string) {
	t.Helper()
	dir = t.TempDir()
	for name, script := range map[string]string{
		"circleci": circleci,
		"cosign":   `printf '%s\n' "$SIGSTORE_ID_TOKEN $*" >>"${0%/*}/calls"`,
	} {
		NewWithT(t).Expect(os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755)).To(Succeed())
	}
	return dir, func() []string {
		text, err := os.ReadFile(filepath.Join(dir, "calls"))
		if os.IsNotExist(err) {
			return nil
		}
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

// A release is signed by the job's ID token, and then checked by what users are told to check it by.
func TestAReleaseIsSigned(t *testing.T) {
	sign := func(dir string, args ...string) error {
		command := exec.Command("../.ci/sign", args...)
		command.Env = []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")}
		return command.Run()
	}
	read := func(file string) string { return strings.ReplaceAll(string(readYAML(t, file)), "\\\n", "") }
	mints := `[ "$*" = 'run oidc get --claims {"aud":"sigstore"}' ] && echo token`

	g := NewWithT(t)
	dir, calls := standIns(t, mints)
	g.Expect(sign(dir, "file", "checksums.txt", "checksums.txt.sigstore.json")).To(Succeed())
	g.Expect(sign(dir, "image", "ghcr.io/a/b:1@sha256:c")).To(Succeed())
	made := calls()
	g.Expect(made).To(HaveLen(4))
	g.Expect(made[0]).To(Equal("token sign-blob --yes --fulcio-auth-flow token --bundle checksums.txt.sigstore.json checksums.txt"))
	g.Expect(made[2]).To(Equal("token sign --yes --fulcio-auth-flow token ghcr.io/a/b:1@sha256:c"))

	// The same identity in all three, in one organisation.
	said := strings.Fields(made[1])
	issuer, identity := said[slices.Index(said, "--certificate-oidc-issuer")+1], said[slices.Index(said, "--certificate-identity-regexp")+1]
	for file, command := range map[string]string{"../README.md": "cosign verify-blob", "../docs/releasing.md": "cosign verify"} {
		g.Expect(read(file)).To(MatchRegexp(`(?m)^%s .*--certificate-oidc-issuer %s +--certificate-identity-regexp '%s'`,
			command, regexp.QuoteMeta(issuer), regexp.QuoteMeta(identity)), file)
	}
	organisation := regexp.MustCompile(`organizationID: (\S+)`).FindStringSubmatch(read("../desired-state.yaml"))
	g.Expect(issuer).To(Equal("https://oidc.circleci.com/org/" + organisation[1]))
	whole := regexp.MustCompile(identity) // by Fulcio's template for circleci-job
	id := "0b0e6a7e-1d5c-4b0a-9d2b-3c8f5f1f6a11"
	g.Expect(whole.MatchString("https://circleci.com/api/v2/projects/" + id + "/pipeline-definitions/" + id)).To(BeTrue())
	g.Expect(whole.MatchString("https://circleci.com/api/v2/projects/" + id + "/pipeline-definitions/" + id + "/more")).To(BeFalse())

	// Where there is no token nothing is signed, and a refusal is not passed over.
	dir, calls = standIns(t, "exit 1")
	g.Expect(sign(dir, "file", "checksums.txt", "checksums.txt.sigstore.json")).NotTo(Succeed())
	g.Expect(calls()).To(BeEmpty())
	dir, _ = standIns(t, mints)
	g.Expect(os.WriteFile(filepath.Join(dir, "cosign"), []byte("#!/bin/sh\n[ $1 != verify-blob ]\n"), 0o755)).To(Succeed())
	g.Expect(sign(dir, "file", "checksums.txt", "checksums.txt.sigstore.json")).NotTo(Succeed())
}
