package rules_test

import (
	"archive/tar"
	"encoding/binary"

	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

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
			"runs on linux (ELF), in a package for win32"},
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
			"cli", "needs musl, in a package for glibc"},
		{"static where both are given", platform("linux", "riscv64"), "cli", platform("linux", "riscv64", "musl", "glibc"), "cli", ""},
		{"aix", platform("aix", "ppc64"), "cli", platform("aix", "ppc64"), "cli", ""},
		{"aix in linux", platform("aix", "ppc64"), "cli", platform("linux", "ppc64"), "cli", "runs on aix (XCOFF), in a package for linux"},
		{"linux in aix", platform("linux", "ppc64"), "cli", platform("aix", "ppc64"), "cli", "(ELF), in a package for aix"},
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

func TestCheckLooksForExecutables(t *testing.T) {
	const document = `{"name": "p", "version": "1.0.0"}`
	var patched strings.Builder // an ELF header whose interpreter stands far behind, as patchelf leaves it
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
		"cut-off ELF":            {"\x7fELF\x02\x01\x01", "bin/p is cut off: its header ends at byte 64, and the file at byte 7"},
		"an object file":         {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x01\x00\x3e" + strings.Repeat("\x00", 60), "no native executable"},
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
