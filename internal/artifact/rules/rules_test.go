package rules_test

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
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

func TestCheckTellsBinariesApart(t *testing.T) {
	for _, test := range []struct {
		name      string
		built     spec.Platform // what the executable is for
		builtName spec.Name
		want      spec.Platform // what the package is for
		wantName  spec.Name
		complaint string
	}{
		{"right", platform("linux", "x64"), "cli", platform("linux", "x64"), "cli", ""},
		{"right by libc", platform("linux", "x64", "musl"), "cli", platform("linux", "x64", "musl"), "cli", ""},
		{"right by name", platform("linux", "arm64"), "cli-musl", platform("linux", "arm64"), "cli-musl", ""},
		{"static fits both", platform("linux", "riscv64"), "cli", platform("linux", "riscv64"), "cli-musl", ""},
		{"big-endian", platform("linux", "s390x"), "cli", platform("linux", "s390x"), "cli", ""},
		{"32 bits", platform("linux", "arm"), "cli", platform("linux", "arm"), "cli", ""},
		{"freebsd", platform("freebsd", "x64"), "cli", platform("freebsd", "x64"), "cli", ""},
		{"darwin in linux", platform("darwin", "x64"), "cli", platform("linux", "x64"), "cli",
			"runs on darwin (Mach-O), in a package for linux"},
		{"linux in win32", platform("linux", "x64"), "cli", platform("win32", "x64"), "cli",
			"sunos (ELF), in a package for win32"},
		{"win32 in darwin", platform("win32", "arm64"), "cli", platform("darwin", "arm64"), "cli", "runs on win32 (PE)"},
		{"freebsd in linux", platform("freebsd", "x64"), "cli", platform("linux", "x64"), "cli",
			"runs on freebsd, dragonfly (ELF)"},
		{"other cpu, ELF", platform("linux", "arm64"), "cli", platform("linux", "x64"), "cli",
			"is built for arm64, in a package for x64"},
		{"other cpu, Mach-O", platform("darwin", "x64"), "cli", platform("darwin", "arm64"), "cli",
			"is built for x64, in a package for arm64"},
		{"other cpu, PE", platform("win32", "ia32"), "cli", platform("win32", "x64"), "cli",
			"is built for ia32, in a package for x64"},
		{"other endianness", platform("linux", "mips"), "cli", platform("linux", "mipsel"), "cli",
			"is built for mips, in a package for mipsel"},
		{"glibc in musl by name", platform("linux", "x64"), "cli", platform("linux", "x64"), "cli-x64-musl",
			"needs glibc, in a package for musl"},
		{"glibc in musl by libc", platform("linux", "x64"), "cli", platform("linux", "x64", "musl"), "cli",
			"needs glibc, in a package for musl"},
		{"musl in glibc", platform("linux", "arm64"), "cli-musl", platform("linux", "arm64"), "cli",
			"needs musl, in a package for glibc"},
		{"musl where both are given", platform("linux", "x64"), "cli-musl", platform("linux", "x64", "musl", "glibc"),
			"cli", ""},
	} {
		for _, packed := range []bool{false, true} {
			t.Run(test.name+map[bool]string{true: " packed"}[packed], func(t *testing.T) {
				g := NewWithT(t)
				built := standIn(t, standin.Package{Name: test.builtName, Version: "1.0.0", Platform: test.built,
					Binary: true}, packed)
				// The executable alone is judged: the package itself is taken for what it says it is.
				err := check(t, built, rules.Want{Name: test.wantName, Platform: test.want, Binary: true})
				if test.complaint != "" {
					g.Expect(err).To(MatchError(ContainSubstring(test.complaint)))
					return
				}
				if err != nil {
					g.Expect(err.Error()).NotTo(ContainSubstring("bin/"),
						"the package's fields may differ, the executable must fit")
				}
			})
		}
	}
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

func TestCheckLooksForExecutables(t *testing.T) {
	const document = `{"name": "p", "version": "1.0.0"}`
	var patched bytes.Buffer // an ELF header whose interpreter stands far behind, as patchelf leaves it
	header := []any{[]byte("\x7fELF\x02\x01\x01"), make([]byte, 9), uint16(3), uint16(62), uint32(1), uint64(0),
		uint64(64), make([]byte, 12),
		[]uint16{64, 56, 1, 0, 0, 0}, uint32(3), uint32(4), []uint64{200_000, 0, 0, 25, 25, 1}}
	for _, field := range header {
		if err := binary.Write(&patched, binary.LittleEndian, field); err != nil {
			t.Fatal(err)
		}
	}
	patched.Write(make([]byte, 200_000-patched.Len()))
	patched.WriteString("/lib/ld-musl-x86_64.so.1\x00")

	for name, test := range map[string]struct{ contents, complaint string }{
		"none":                   {"#!/bin/sh\n", "no native executable"},
		"empty":                  {"", "no native executable"},
		"text that starts as PE": {"MZ" + strings.Repeat("x", 100), "no native executable"},
		"a class file":           {"\xca\xfe\xba\xbe\x00\x00\x00\x34" + strings.Repeat("\x00", 30), "no native executable"},
		"cut-off ELF":            {"\x7fELF\x02\x01\x01", "no native executable"},
		"ELF of hostile offsets": {"\x7fELF\x02\x01\x01" + strings.Repeat("\xff", 80), "is built for"},
		"universal Mach-O": {"\xca\xfe\xba\xbe\x00\x00\x00\x02\x01\x00\x00\x07" + strings.Repeat("\x00",
			16) + "\x01\x00\x00\x0c" + strings.Repeat("\x00", 16),
			"runs on darwin (Mach-O)"},
		"late interpreter": {patched.String(), "needs musl"},
		"not executable":   {patched.String(), "whose mode is 0644; chmod +x"},
		"WebAssembly":      {"\x00asm\x01\x00\x00\x00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			for _, path := range []string{
				packagetest.Directory(t, map[string]string{"package.json": document, "bin/p": test.contents}),
				packagetest.Tgz(t, packagetest.Regular("package/package.json", document), packagetest.Regular("package/bin/p", test.contents),
					tar.Header{Name: "package/d/", Typeflag: tar.TypeDir}),
			} {
				a, err := artifact.Open(t.Context(), path)
				g.Expect(err).NotTo(HaveOccurred())
				err = check(t, a, rules.Want{Name: "p", Platform: platform("linux", "x64"), Binary: true})
				if test.complaint != "" {
					g.Expect(err).To(MatchError(ContainSubstring(test.complaint)))
					continue
				}
				g.Expect(err).To(MatchError(Not(ContainSubstring("bin/p"))),
					"only os and cpu are missing from package.json")
			}
		})
	}
}
