package rules_test

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// member is a file of a package.
type member struct {
	path string
	data []byte
	mode int64
}

func program(path string, data []byte) member { return member{path, data, 0o755} }
func plain(path string, data []byte) member   { return member{path, data, 0o644} }

// withMembers makes a package of a package.json's fields and files, and opens it as a directory and as a .tgz. A file of a mode of its
// own keeps it in both.
func withMembers(t *testing.T, name, fields string, members ...member) (opened []*artifact.Artifact) {
	t.Helper()
	g := NewWithT(t)
	document := fmt.Sprintf(`{"name": %q, "version": "1.0.0"%s}`, name, fields)
	files := map[string]string{"package.json": document}
	headers := []tar.Header{packagetest.Regular("package/package.json", document)}
	for _, m := range members {
		files[m.path] = string(m.data)
		header := packagetest.Regular("package/"+m.path, string(m.data))
		header.Mode = m.mode
		headers = append(headers, header)
	}
	dir := packagetest.Directory(t, files)
	for _, m := range members {
		g.Expect(os.Chmod(filepath.Join(dir, m.path), os.FileMode(m.mode))).To(Succeed())
	}
	for _, path := range []string{dir, packagetest.Tgz(t, headers...)} {
		a, err := artifact.Open(t.Context(), path)
		g.Expect(err).NotTo(HaveOccurred())
		opened = append(opened, a)
	}
	return opened
}

// aboutNatives returns what the rules about executables have against an artifact, by rule, "warning " before what refuses nothing.
func aboutNatives(t *testing.T, a *artifact.Artifact, want rules.Want) (found []string) {
	t.Helper()
	all, err := rules.Check(t.Context(), a, want)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, p := range all {
		if slices.Contains([]string{"executables", "system", "processor", "libc", "coverage", "beside", "whole", "signature", "interpreter",
			"mode", "empty"}, p.Rule) {
			found = append(found, map[bool]string{true: "", false: "warning "}[p.Refused]+p.Rule+": "+p.String())
		}
	}
	return found
}

// verdict is a package and what is to be said of it: in each list a part of each problem, in their order.
type verdict struct {
	name    string // of the case
	pkg     string // the package's name; "cli" when empty
	fields  string // of package.json, behind a comma
	want    spec.Platform
	library bool // it is no platform's package
	members []member
	says    []string
}

func (v verdict) check(t *testing.T) {
	t.Helper()
	if v.pkg == "" {
		v.pkg = "cli"
	}
	for i, a := range withMembers(t, v.pkg, v.fields, v.members...) {
		g := NewWithT(t)
		found := aboutNatives(t, a, rules.Want{Name: spec.Name(v.pkg), Platform: v.want, Binary: !v.library})
		matchers := make([]any, len(v.says))
		for i, says := range v.says {
			matchers[i] = ContainSubstring(says)
		}
		g.Expect(found).To(HaveExactElements(matchers...), "as a %s", []string{"directory", ".tgz"}[i])
	}
}

func linux(libc ...string) spec.Platform { return platform("linux", "x64", libc...) }

func TestCLibrary(t *testing.T) {
	glibc, musl := compiled(t, "glibc shared"), compiled(t, "musl shared")
	for _, v := range []verdict{
		{name: "glibc in glibc", want: linux(), members: []member{plain("addon.node", glibc)}},
		{name: "glibc in musl", want: linux("musl"), members: []member{plain("addon.node", glibc)},
			says: []string{"libc: addon.node needs glibc, in a package for musl; put the right build there; where it is the right one, give"}},
		{name: "musl in musl", want: linux("musl"), members: []member{plain("addon.node", musl)}},
		{name: "musl in glibc", want: linux("glibc"), members: []member{plain("addon.node", musl)},
			says: []string{"libc: addon.node needs musl, in a package for glibc"}},
		{name: "libc.so in glibc", want: linux(), members: []member{plain("addon.node", compiled(t, "patched musl shared"))},
			says: []string{"libc: addon.node needs musl, in a package for glibc"}},
		{name: "both in glibc", want: linux(), members: []member{plain("addon.node", compiled(t, "both libcs"))},
			says: []string{"libc: addon.node needs glibc and musl, in a package for glibc"}},
		{name: "both in musl", want: linux("musl"), members: []member{plain("addon.node", compiled(t, "both libcs"))},
			says: []string{"libc: addon.node needs glibc and musl, in a package for musl"}},
		{name: "names far from where they are told of", want: linux("musl"), members: []member{plain("addon.node", compiled(t, "large shared")),
			plain("another.node", compiled(t, "large shared")), plain("readme.txt", []byte("behind"))},
			says: []string{"libc: addon.node needs glibc", "libc: another.node needs glibc"}},
		{name: "a program of musl in glibc", want: linux(), members: []member{program("bin/cli", compiled(t, "musl program"))},
			says: []string{"libc: bin/cli needs musl, in a package for glibc"}},
		{name: "another", want: linux(), members: []member{program("bin/cli", compiled(t, "patched musl program"))},
			says: []string{"libc: bin/cli needs musl, in a package for glibc"}},
		{name: "a program of glibc in musl", want: linux("musl"), members: []member{program("bin/cli", compiled(t, "glibc program"))},
			says: []string{"libc: bin/cli needs glibc, in a package for musl"}},
		{name: "static in musl", want: linux("musl"), members: []member{program("bin/cli", goBuild(t, "linux/amd64"))}},
		{name: "static-pie in musl", want: linux("musl"), members: []member{program("bin/cli", compiled(t, "static-pie"))}},
		{name: "one for each", want: linux("musl", "glibc"), members: []member{plain("glibc.node", glibc), plain("musl.node", musl)}},
		{name: "none for one", want: linux("musl", "glibc"), members: []member{plain("a.node", glibc), plain("b.node", glibc)},
			says: []string{"coverage: none of its 2 executables runs on linux/x64/musl; add a build for it"}},
		{name: "muslin", pkg: "@s/muslin-linux-x64", want: linux(), members: []member{program("cli", compiled(t, "glibc program"))}},
		{name: "linuxmusl", pkg: "@s/lib-linuxmusl-x64", want: linux(), members: []member{program("cli", compiled(t, "glibc program"))},
			says: []string{"needs glibc, in a package for musl"}},
		{name: "musleabihf", pkg: "lib.linux.musleabihf", want: linux(), members: []member{program("cli", compiled(t, "musl program"))}},
		{name: "package.json says musl", fields: `, "libc": ["musl"]`, want: linux(), members: []member{plain("addon.node", glibc)},
			says: []string{"needs glibc, in a package for musl; put the right build there, or correct os, cpu and libc of its package.json"}},
		{name: "a library says musl", library: true, fields: `, "libc": "musl", "main": "addon"`, members: []member{plain("addon.node", glibc)},
			says: []string{"needs glibc, in a package for musl"}},
		{name: "a library says nothing", library: true, fields: `, "os": ["linux"], "main": "addon"`, members: []member{plain("addon.node", musl)}},
	} {
		t.Run(v.name, v.check)
	}
}

func TestSystemAndProcessor(t *testing.T) {
	darwin := func(cpus ...string) spec.Platform { return spec.Platform{OS: []string{"darwin"}, CPU: cpus} }
	x64, arm64, elf := goBuild(t, "darwin/amd64"), goBuild(t, "darwin/arm64"), goBuild(t, "linux/amd64")
	other := bytes.Clone(elf)
	binary.LittleEndian.PutUint16(other[18:], 183) // arm64
	var everything []member
	for i := range 7 {
		everything = append(everything, program(fmt.Sprintf("prebuilds/%d.node", i), other))
	}
	for _, v := range []verdict{
		{name: "one for x64 in a universal package", want: darwin("x64", "arm64"), members: []member{program("bin/cli", x64)},
			says: []string{"processor: bin/cli is built for x64, in a package for arm64; build it for these, too (lipo"}},
		{name: "one for arm64 in a universal package", want: darwin("x64", "arm64"), fields: `, "bin": "bin/cli"`,
			members: []member{program("bin/cli", arm64), program("bin/cli-x64", x64)},
			says:    []string{"processor: bin/cli is built for arm64, in a package for x64"}},
		{name: "universal", want: darwin("x64", "arm64"), members: []member{program("bin/cli", universal(false, x64, arm64))}},
		{name: "universal of 64 bits", want: darwin("x64", "arm64"), members: []member{program("bin/cli", universal(true, x64, arm64))}},
		{name: "universal for one", want: darwin("arm64"), members: []member{program("bin/cli", universal(true, x64, arm64))}},
		{name: "universal for another", want: platform("darwin", "ia32"), members: []member{program("bin/cli", universal(false, x64, arm64))},
			says: []string{"processor: bin/cli is built for x64, arm64, in a package for ia32"}},
		{name: "one for each", want: darwin("x64", "arm64"), fields: `, "bin": "cli.js"`,
			members: []member{program("cli.js", []byte("#!/usr/bin/env node\n")), program("cli-x64", x64), program("cli-arm64", arm64)}},
		{name: "none for some", want: spec.Platform{OS: []string{"darwin", "linux"}, CPU: []string{"x64", "arm64"}},
			members: []member{program("cli-x64", x64), program("cli-arm64", arm64), program("cli-linux", elf)},
			says:    []string{"coverage: none of its 3 executables runs on linux/arm64"}},
		{name: "another machine's", want: linux(), members: []member{program("bin/cli", other)},
			says: []string{"processor: bin/cli is built for arm64, in a package for x64; put the right build there"}},
		{name: "AIX", want: platform("aix", "ppc64"), members: []member{program("bin/cli", aix())}},
		{name: "AIX in linux", want: platform("linux", "ppc64"), members: []member{program("bin/cli", aix())},
			says: []string{"system: bin/cli runs on aix (XCOFF), in a package for linux"}},
		{name: "linux in AIX", want: platform("aix", "ppc64"), members: []member{program("bin/cli", elf)},
			says: []string{"system: bin/cli runs on ", "processor: bin/cli is built for x64"}},
		{name: "Windows in Linux", want: linux(), members: []member{program("bin/cli.exe", goBuild(t, "windows/amd64"))},
			says: []string{"system: bin/cli.exe runs on win32 (PE), in a package for linux"}},
		{name: "macOS in Windows", want: platform("win32", "x64"), members: []member{program("bin/cli", x64)},
			says: []string{"system: bin/cli runs on darwin (Mach-O), in a package for win32"}},
		{name: "a helper for another", want: linux(), fields: `, "bin": "./bin/cli"`,
			members: []member{program("bin/cli", elf), program("helper", other), program("lib.node", other)},
			says:    []string{"warning beside: 2 of its executables and shared objects do not run where it installs: helper, lib.node; leave out"}},
		{name: "a helper that nothing tells from the command", want: linux(), members: []member{program("bin/cli", elf), program("helper", other)},
			says: []string{"warning beside: 1 of its executables and shared objects do not run where it installs: helper"}},
		{name: "a command for another beside a good library", want: linux(), members: []member{program("bin/cli", other),
			plain("lib.so", compiled(t, "glibc shared"))}, says: []string{"processor: bin/cli is built for arm64"}},
		{name: "a main file for another", want: linux(), fields: `, "main": "addon"`,
			members: []member{plain("addon.node", other), program("cli", elf)},
			says:    []string{"processor: addon.node is built for arm64", "mode: addon.node is an executable"}},
		{name: "exports for another", want: linux(), fields: `, "exports": {".": {"node": ["./addon.node"]}}`,
			members: []member{program("addon.node", other), program("cli", elf)}, says: []string{"processor: addon.node is built for arm64"}},
		{name: "package.json says another", fields: `, "os": ["linux"], "cpu": ["arm64"]`, members: []member{program("cli", elf)},
			says: []string{"processor: cli is built for x64, in a package for arm64; put the right build there, or correct os"}},
		{name: "package.json says nothing", members: []member{program("cli", elf)}},
		{name: "a library says another", library: true, fields: `, "os": "darwin", "cpu": ["any"], "main": "x.node"`,
			members: []member{program("x.node", elf)}, says: []string{"system: x.node runs on"}},
		{name: "a library with one of many", library: true, fields: `, "os": ["darwin", "linux", "!win32"], "main": "x.js"`,
			members: []member{plain("x.js", nil), program("build/x.node", elf)}},
		{name: "a library with many", library: true, fields: `, "os": ["linux"], "cpu": ["x64"], "main": "x.js"`,
			members: append(everything, plain("x.js", nil), program("x.node", elf)),
			says: []string{"warning beside: 7 of its executables and shared objects do not run where it installs: " +
				"prebuilds/0.node, prebuilds/1.node, prebuilds/2.node, prebuilds/3.node, prebuilds/4.node and 2 more"}},
	} {
		t.Run(v.name, v.check)
	}
}

func TestModes(t *testing.T) {
	both := universal(false, goBuild(t, "darwin/amd64"), goBuild(t, "darwin/arm64"))
	pie := compiled(t, "static-pie")
	for _, v := range []verdict{
		{name: "static-pie", want: linux(), members: []member{plain("cli", pie)}, says: []string{"mode: cli is an executable whose mode is 0644; chmod +x it, or name it in bin"}},
		{name: "universal", want: platform("darwin", "x64"), members: []member{plain("cli", both)}, says: []string{"mode: cli is an executable"}},
		{name: "dynamic", want: linux(), members: []member{plain("cli", compiled(t, "glibc program"))}, says: []string{"mode: cli is an executable"}},
		{name: "AIX", want: platform("aix", "ppc64"), members: []member{plain("cli", aix())}, says: []string{"mode: cli is an executable"}},
		{name: "as a command", want: linux(), fields: `, "bin": {"c": "./cli"}`, members: []member{plain("cli", pie)}},
		{name: "for Windows", want: platform("win32", "x64"), members: []member{plain("cli.exe", goBuild(t, "windows/amd64"))}},
		{name: "what is loaded", want: linux(), members: []member{plain("a.node", compiled(t, "glibc shared"))}},
		{name: "beside a command", want: linux(), fields: `, "bin": "cli"`, members: []member{plain("cli", pie), plain("helper", pie)},
			says: []string{"warning mode: helper is an executable"}},
	} {
		t.Run(v.name, v.check)
	}
}

func TestInterpreters(t *testing.T) {
	for at, refused := range map[string]bool{
		"/nix/store/4vmr6mb8g0s3pp4-glibc-2.40/lib/ld-linux-x86-64.so.2": true, "/opt/glibc/lib/ld-linux-x86-64.so.2": true,
		"/home/builder/x-tools/ld-linux-x86-64.so.2": true, "./ld-linux-x86-64.so.2": true, "/usr/local/lib/ld-linux-x86-64.so.2": true,
		"/lib/../home/ld-linux-x86-64.so.2": true,
		"/lib64/ld-linux-x86-64.so.2":       false, "/usr/lib/ld-linux-x86-64.so.2": false, "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": false,
	} {
		v := verdict{name: at, want: linux(), fields: `, "bin": "cli"`, members: []member{program("cli", cBuild(t, "gcc", hello, "-lm", "-Wl,--dynamic-linker="+at))}}
		if refused {
			v.says = []string{fmt.Sprintf("interpreter: cli is started by %q, which other machines do not have; build it elsewhere, or give it the usual one: "+
				"patchelf --set-interpreter /lib64/ld-linux-x86-64.so.2 cli", at)}
		}
		t.Run(v.name, v.check)
	}
}

func TestSignatures(t *testing.T) {
	x64, arm64 := goBuild(t, "darwin/amd64"), goBuild(t, "darwin/arm64")
	signature := bytes.Index(arm64, []byte{0xfa, 0xde, 0x0c, 0xc0})
	NewWithT(t).Expect(signature).To(BeNumerically(">", 0))
	const missing = "signature: cli has code for arm64 without a signature, which macOS does not start; sign it as the last step of the build: codesign"
	const broken = "signature: cli has a code signature that is not of these bytes, and macOS kills it"
	for _, test := range []struct {
		name   string
		data   []byte
		refuse string
	}{
		{"signed ad hoc", arm64, ""},
		{"x64, unsigned", x64, ""},
		{"changed near its start", changed(arm64, 40), broken},
		{"changed in the middle", changed(arm64, signature/2), broken},
		{"changed in its last page", changed(arm64, signature-1), broken},
		{"changed in a sum", changed(arm64, len(arm64)-20), broken},
		{"no signature where one should stand", changed(arm64, signature), broken},
		{"unsigned", unsigned(t, arm64), missing},
		{"universal", universal(false, x64, arm64), ""},
		{"universal, changed", changed(universal(false, x64, arm64), 1<<20+len(x64)), broken},
		{"universal of 64 bits, changed", changed(universal(true, arm64, x64), 1<<20), broken},
		{"universal, changed where nothing is signed", changed(universal(true, x64, arm64), 1<<20), ""},
		{"universal, unsigned", universal(false, x64, unsigned(t, arm64)), missing},
		{"bytes behind the signature", append(bytes.Clone(arm64), "more"...), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := verdict{want: spec.Platform{OS: []string{"darwin"}}, fields: `, "bin": "cli"`, members: []member{program("cli", test.data)}}
			if test.refuse != "" {
				v.says = []string{test.refuse}
			}
			v.check(t)
		})
	}
	t.Run("beside", verdict{want: platform("darwin", "x64"), fields: `, "bin": "bin"`, members: []member{program("bin", x64), program("cli", unsigned(t, arm64)),
		plain("lib.dylib", changed(arm64, 100))}, says: []string{"signature: lib.dylib has a code signature that is not", "warning beside", "warning signature: cli has code", "warning mode: lib.dylib"}}.check)
}

func TestCutOff(t *testing.T) {
	x64, arm64 := goBuild(t, "darwin/amd64"), goBuild(t, "darwin/arm64")
	for name, test := range map[string]struct {
		data []byte
		want spec.Platform
	}{
		"ELF":                  {goBuild(t, "linux/amd64"), linux()},
		"ELF, dynamic":         {compiled(t, "glibc program"), linux()},
		"ELF, shared":          {compiled(t, "large shared"), linux()},
		"ELF, static-pie":      {compiled(t, "static-pie"), linux()},
		"ELF without sections": {sectionless(t, compiled(t, "glibc program")), linux()},
		"Mach-O":               {x64, platform("darwin", "x64")},
		"Mach-O, signed":       {arm64, platform("darwin", "arm64")},
		"universal":            {universal(false, arm64, x64), platform("darwin", "arm64")},
		"universal of 64 bits": {universal(true, x64, arm64), platform("darwin", "arm64")},
		"PE":                   {goBuild(t, "windows/amd64"), platform("win32", "x64")},
		"XCOFF":                {aix(), platform("aix", "ppc64")},
	} {
		t.Run(name, func(t *testing.T) {
			verdict{want: test.want, fields: `, "bin": "cli"`, members: []member{program("cli", test.data)}}.check(t)
			for _, length := range []int{100, 700, 4096, len(test.data) / 2, len(test.data) * 9 / 10, len(test.data) - 1} {
				if length >= len(test.data) {
					continue
				}
				for i, a := range withMembers(t, "cli", `, "bin": "cli"`, program("cli", test.data[:length])) {
					NewWithT(t).Expect(aboutNatives(t, a, rules.Want{Name: "cli", Platform: test.want, Binary: true})).To(ContainElement(And(
						HavePrefix("whole: cli is cut off: "), ContainSubstring(fmt.Sprintf(", and the file at byte %d; copy it again", length)))),
						"%d of %d bytes, %d", length, len(test.data), i)
				}
			}
		})
	}
	t.Run("of a library's tests", verdict{library: true, fields: `, "bin": "x"`, members: []member{program("x", arm64), plain("testdata/y", arm64[:5000])},
		says: []string{"warning whole: testdata/y is cut off", "warning mode: testdata/y"}}.check)
	t.Run("of a library's tests alone", verdict{library: true, members: []member{program("testdata/y", arm64[:5000])},
		says: []string{"warning whole: testdata/y is cut off"}}.check)
	t.Run("beside a command", verdict{want: platform("darwin", "arm64"), fields: `, "bin": "x"`, members: []member{program("x", arm64), program("y", arm64[:5000])},
		says: []string{"whole: y is cut off"}}.check)
}

// TestOddAndWhole holds what is valid, though some of what headers tell of is not there.
func TestOddAndWhole(t *testing.T) {
	g := NewWithT(t)
	elf := goBuild(t, "linux/amd64")
	overlay := func(data []byte) []byte { return append(bytes.Clone(data), bytes.Repeat([]byte("appended "), 9999)...) }
	signedPE := goBuild(t, "windows/amd64") // as if a certificate stood behind it
	at := int(binary.LittleEndian.Uint32(signedPE[0x3c:])) + 24 + 112 + 4*8
	binary.LittleEndian.PutUint32(signedPE[at:], uint32(len(signedPE)))
	binary.LittleEndian.PutUint32(signedPE[at+4:], 5000)
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	g.Expect(os.WriteFile(whole, cBuild(t, "gcc", hello, "-lm", "-g"), 0o700)).To(Succeed())
	tool := func(name string, arguments ...string) []byte {
		to := filepath.Join(t.TempDir(), "made")
		said, err := exec.Command(name, append(arguments, whole, to)...).CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), string(said))
		data, err := os.ReadFile(to)
		g.Expect(err).NotTo(HaveOccurred())
		return data
	}
	win32, darwin := platform("win32", "x64"), platform("darwin", "x64")
	for _, v := range []verdict{
		{name: "ELF with bytes behind it", want: linux(), members: []member{program("cli", overlay(elf))}},
		{name: "ELF without sections", want: linux(), members: []member{program("cli", sectionless(t, elf))}},
		{name: "ELF without sections, not executable", want: linux(), members: []member{plain("cli", sectionless(t, compiled(t, "static-pie")))},
			says: []string{"mode: cli is an executable"}},
		{name: "ELF stripped", want: linux(), members: []member{program("cli", tool("objcopy", "--strip-all"))}},
		{name: "what is split off for a debugger", want: linux(), members: []member{program("cli", elf), plain("cli.debug", tool("objcopy", "--only-keep-debug"))}},
		{name: "that alone", want: linux(), members: []member{plain("cli.debug", tool("objcopy", "--only-keep-debug"))}, says: []string{"executables: it holds no native executable"}},
		{name: "plain JavaScript for every machine", members: []member{plain("cli.js", []byte("run()"))}},
		{name: "PE with bytes behind it", want: win32, members: []member{program("cli.exe", overlay(goBuild(t, "windows/amd64")))}},
		{name: "PE, signed", want: win32, members: []member{program("cli.exe", append(bytes.Clone(signedPE), make([]byte, 5000)...))}},
		{name: "PE, its signature cut off", want: win32, members: []member{program("cli.exe", append(bytes.Clone(signedPE), make([]byte, 4000)...))},
			says: []string{"whole: cli.exe is cut off: its signature ends at byte"}},
		{name: "Mach-O with bytes behind it", want: darwin, members: []member{program("cli", overlay(goBuild(t, "darwin/amd64")))}},
		{name: "what starts as XCOFF", want: linux(), members: []member{program("cli", elf), plain("data", append([]byte{1, 0xdf, 0, 2}, bytes.Repeat([]byte{0, 2}, 99)...))}},
	} {
		t.Run(v.name, v.check)
	}
}

func TestEmpty(t *testing.T) {
	elf := goBuild(t, "linux/amd64")
	addon := compiled(t, "glibc shared")
	for _, v := range []verdict{
		{name: "a command beside a good library", want: linux(), fields: `, "bin": "bin/cli"`, members: []member{plain("bin/cli", nil), plain("a.node", addon)},
			says: []string{"empty: its command cli is bin/cli, which is empty; build it"}},
		{name: "an executable that no command names", want: linux(), members: []member{program("bin/cli", nil), plain("a.node", addon)},
			says: []string{"empty: bin/cli is empty; build it, or leave it out"}},
		{name: "an addon", want: linux(), members: []member{program("bin/cli", elf), plain("a.node", nil)}, says: []string{"empty: a.node is empty"}},
		{name: "an entry's command", library: true, fields: `, "bin": {"a": "./a.js", "b": "a.js"}`, members: []member{plain("a.js", nil)},
			says: []string{"empty: its command a is a.js, which is empty", "empty: its command b is a.js"}},
		{name: "a library's addon", library: true, fields: `, "main": "a.node"`, members: []member{plain("a.node", nil)}, says: []string{"empty: a.node is empty"}},
		{name: "one of a library's tests", library: true, members: []member{plain("test/a.node", nil)}, says: []string{"warning empty: test/a.node is empty"}},
		{name: "other files", want: linux(), members: []member{program("bin/cli", elf), plain("index.js", nil), plain("LICENSE", nil)}},
	} {
		t.Run(v.name, v.check)
	}
}
