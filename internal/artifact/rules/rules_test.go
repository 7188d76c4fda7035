package rules_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func platform(os, cpu string, libc ...string) spec.Platform {
	return spec.Platform{OS: []string{os}, CPU: []string{cpu}, Libc: libc}
}

// check returns the refusals, each with what to do, in one error.
func check(t *testing.T, a *artifact.Artifact, want rules.Want) error {
	t.Helper()
	problems, err := rules.Check(t.Context(), a, want)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var refusals []error
	for _, p := range problems {
		if p.Refused {
			refusals = append(refusals, errors.New(p.String()))
		}
	}
	return errors.Join(refusals...)
}

func read(t *testing.T, tarball *artifact.Tarball) []byte {
	t.Helper()
	g := NewWithT(t)
	r, err := tarball.Open(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(r.Close()).To(Succeed()) }()
	data, err := io.ReadAll(r)
	g.Expect(err).NotTo(HaveOccurred())
	return data
}

// standIn makes a stand-in for want and opens it, as a directory or, packed, as a .tgz.
func standIn(t *testing.T, want standin.Package, packed bool) *artifact.Artifact {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(standin.Write(dir, want, nil, "")).To(Succeed())
	a, err := artifact.Open(t.Context(), dir)
	g.Expect(err).NotTo(HaveOccurred())
	if !packed {
		return a
	}
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(path, read(t, tarball), 0o600)).To(Succeed())
	g.Expect(tarball.Close()).To(Succeed())
	a, err = artifact.Open(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	return a
}

func TestCheckNamesEveryProblem(t *testing.T) {
	for _, packed := range []bool{false, true} {
		g := NewWithT(t)
		a := standIn(t, standin.Package{Name: "@s/p", Version: "1.0.0", Platform: platform("linux", "x64"),
			Binary: true}, packed)
		err := check(t, a, rules.Want{Name: "@s/q", Version: "1.0.1", Platform: platform("darwin", "arm64",
			"musl"), Binary: true})
		for _, complaint := range []string{
			"it is @s/p where @s/q is wanted", "it has version 1.0.0 where 1.0.1", "its os is [linux] where [darwin]",
			"its cpu is [x64] where [arm64]",
			"its libc is not given where [musl]", "bin/p runs on linux", "bin/p is built for x64",
		} {
			g.Expect(err).To(MatchError(ContainSubstring(complaint)))
		}
		g.Expect(check(t, a, rules.Want{})).To(Succeed())
	}
}

func TestCheckRefuses(t *testing.T) {
	const head = `{"name": "p", "version": "1.0.0", `
	for complaint, test := range map[string]struct {
		document string
		tgzToo   bool
	}{
		`"private": true; remove`:           {head + `"private": true}`, true},
		"its command p is bin/p":            {head + `"bin": "./bin/p"}`, true},
		"it has a prepare script":           {head + `"scripts": {"prepare": "x"}}`, false},
		"it has a prepublishOnly script":    {head + `"scripts": {"prepublishOnly": "x"}}`, false},
		`its dependencies need a as "work`:  {head + `"dependencies": {"a": "workspace:*"}}`, false},
		`its peerDependencies need a as`:    {head + `"peerDependencies": {"a": "catalog:"}}`, false},
		`its devDependencies need a as "fi`: {head + `"devDependencies": {"a": "file:../a"}}`, false},
		`its publishConfig has "main"`:      {head + `"publishConfig": {"access": "public", "main": "x"}}`, false},
		"it has bundleDependencies":         {head + `"bundleDependencies": ["a"]}`, false},
		"it has bundledDependencies":        {head + `"bundledDependencies": true}`, false},
		"it has workspaces of its own":      {head + `"workspaces": ["x"]}`, false},
		"given by directories.bin":          {head + `"directories": {"bin": "x"}}`, false},
	} {
		t.Run(complaint, func(t *testing.T) {
			g := NewWithT(t)
			dir, err := artifact.Open(t.Context(), packagetest.Directory(t, map[string]string{"package.json": test.document}))
			g.Expect(err).NotTo(HaveOccurred())
			err = check(t, dir, rules.Want{})
			g.Expect(err).To(MatchError(ContainSubstring(complaint)))
			packed, errOpen := artifact.Open(t.Context(), packagetest.Tgz(t, packagetest.Regular("package/package.json", test.document)))
			g.Expect(errOpen).NotTo(HaveOccurred())
			if test.tgzToo {
				g.Expect(check(t, packed, rules.Want{})).To(MatchError(ContainSubstring(complaint)))
				return
			}
			if !strings.Contains(complaint, "ependencies need a") {
				g.Expect(err).To(MatchError(ContainSubstring("pack it, name the .tgz")))
			}
			if !strings.Contains(complaint, "ependencies need a") || strings.Contains(complaint, "devDependencies") {
				g.Expect(check(t, packed, rules.Want{})).To(Succeed())
			}
		})
	}
	t.Run("harmless fields pass", func(t *testing.T) {
		g := NewWithT(t)
		a, err := artifact.Open(t.Context(), packagetest.Directory(t,
			map[string]string{"package.json": head + `"private": false, "scripts": {"test": "x", "postinstall": "x"},
			"publishConfig": {"access": "public", "@s:registry": "https://registry.example.test/"}, "bundleDependencies": [], "dependencies": {"a": "npm:b@1"}}`}))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(check(t, a, rules.Want{})).To(Succeed())
	})
	t.Run("what nobody can install, in a .tgz", func(t *testing.T) {
		g := NewWithT(t)
		a, err := artifact.Open(t.Context(), packagetest.Tgz(t, packagetest.Regular("package/package.json",
			head+`"dependencies": {"a": "workspace:*"}, "devDependencies": {"b": "workspace:*"}}`)))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(check(t, a, rules.Want{})).To(MatchError(And(
			ContainSubstring(`its dependencies need a as "workspace:*"`), Not(ContainSubstring("devDependencies")))))
	})
	t.Run("links as commands and main", func(t *testing.T) {
		g := NewWithT(t)
		a, err := artifact.Open(t.Context(), packagetest.Directory(t, map[string]string{
			"package.json": head + `"bin": {"p": "p.js"}, "main": "lib/index.js"}`, "p.js": "->real.js", "real.js": "",
			"lib": "->real", "real/index.js": "",
		}))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(check(t, a, rules.Want{})).To(MatchError(And(ContainSubstring("its command p is p.js, and p.js is a symbolic link"),
			ContainSubstring("its main file is lib/index.js, and lib is a symbolic link"))))
	})
}
