package rules_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

// goBuilds makes one small program for several systems, once, as Go links it: "darwin/arm64" to its bytes. Only the one for arm64 is
// signed.
var goBuilds = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "builds")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "hello.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(\"hello\") }\n"), 0o600); err != nil {
		return nil, err
	}
	builds := map[string][]byte{}
	for _, target := range []string{"linux/amd64", "darwin/arm64", "darwin/amd64", "windows/amd64"} {
		system, machine, _ := strings.Cut(target, "/")
		to := filepath.Join(dir, system+machine)
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+system, "GOARCH="+machine)
		if said, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building for %s: %w: %s", target, err, said)
		}
		if builds[target], err = os.ReadFile(to); err != nil {
			return nil, err
		}
	}
	return builds, nil
})

func goBuild(t testing.TB, target string) []byte {
	t.Helper()
	builds, err := goBuilds()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(builds[target]).NotTo(BeEmpty(), target)
	return bytes.Clone(builds[target])
}

// cBuild compiles a program and shared object in one for this machine's Linux, which must be x64 for the tests that ask for it.
func cBuild(t testing.TB, compiler, source string, flags ...string) []byte {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	from, to := filepath.Join(dir, "hello.c"), filepath.Join(dir, "hello")
	g.Expect(os.WriteFile(from, []byte(source), 0o600)).To(Succeed())
	said, err := exec.Command(compiler, append([]string{"-o", to, from}, flags...)...).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(said))
	data, err := os.ReadFile(to)
	g.Expect(err).NotTo(HaveOccurred())
	return data
}

const hello = "#include <stdio.h>\n#include <math.h>\nint main(int n, char **a) { return printf(\"%f\", cos(n)); }\n"

// cBuilds are what a C compiler makes, each once: shared objects and executables for glibc, for musl, and for neither.
var cBuilds = struct {
	sync.Mutex
	made map[string][]byte
}{made: map[string][]byte{}}

// compiled returns one of these. Those for musl are compiled for it where musl-gcc is there; where it is not, they are what gcc
// makes, with the libraries and the dynamic linker that they ask for changed to those of musl.
func compiled(t testing.TB, name string) []byte {
	t.Helper()
	cBuilds.Lock()
	defer cBuilds.Unlock()
	if cBuilds.made[name] == nil {
		cBuilds.made[name] = compile(t, name)
	}
	return bytes.Clone(cBuilds.made[name])
}

func compile(t testing.TB, name string) []byte {
	t.Helper()
	_, err := exec.LookPath("musl-gcc")
	hasMusl := err == nil
	switch name {
	case "glibc shared":
		return cBuild(t, "gcc", hello, "-shared", "-fPIC", "-lm")
	case "glibc program":
		return cBuild(t, "gcc", hello, "-lm")
	case "static-pie":
		return cBuild(t, "gcc", "int main(void) { return 0; }", "-static-pie")
	case "musl shared":
		if hasMusl {
			return cBuild(t, "musl-gcc", hello, "-shared", "-fPIC")
		}
		fallthrough
	case "patched musl shared":
		return replaced(t, cBuild(t, "gcc", hello, "-shared", "-fPIC"), "libc.so.6\x00", "libc.so\x00\x00\x00")
	case "musl program":
		if hasMusl {
			return cBuild(t, "musl-gcc", hello)
		}
		fallthrough
	case "patched musl program":
		return replaced(t, cBuild(t, "gcc", hello, "-lm"), "/lib64/ld-linux-x86-64.so.2\x00", "/lib/ld-musl-x86_64.so.1\x00\x00\x00\x00")
	case "both libcs":
		return replaced(t, cBuild(t, "gcc", hello, "-shared", "-fPIC", "-lm"), "libc.so.6\x00", "libc.so\x00\x00\x00")
	case "large shared": // the names of its libraries stand behind the first 64 KB, and before what tells where
		var source strings.Builder
		for i := range 4000 {
			fmt.Fprintf(&source, "int a_function_with_a_long_name_%d(void) { return %d; }\n", i, i)
		}
		return cBuild(t, "gcc", hello+source.String(), "-shared", "-fPIC", "-lm")
	}
	t.Fatal("no such build:", name)
	return nil
}

// replaced changes each occurrence, of which there must be one.
func replaced(t testing.TB, data []byte, from, to string) []byte {
	t.Helper()
	NewWithT(t).Expect(bytes.Contains(data, []byte(from))).To(BeTrue(), from)
	return bytes.ReplaceAll(data, []byte(from), []byte(to))
}

// universal joins Mach-O files, as lipo does; wide for offsets of 64 bits.
func universal(wide bool, slices ...[]byte) []byte {
	order := binary.BigEndian
	const alignment = 14 // a power of two
	file := order.AppendUint32(nil, map[bool]uint32{false: 0xcafebabe, true: 0xcafebabf}[wide])
	file = order.AppendUint32(file, uint32(len(slices)))
	at := 1 << alignment
	for _, slice := range slices {
		file = append(file, swapped(slice[4:8])...)
		file = append(file, swapped(slice[8:12])...)
		for _, field := range []int{at, len(slice)} {
			if wide {
				file = order.AppendUint64(file, uint64(field))
			} else {
				file = order.AppendUint32(file, uint32(field))
			}
		}
		file = order.AppendUint32(file, alignment)
		if wide {
			file = order.AppendUint32(file, 0)
		}
		at += (len(slice) + 1<<alignment - 1) >> alignment << alignment
	}
	for _, slice := range slices {
		file = append(file, make([]byte, -len(file)&(1<<alignment-1))...)
		file = append(file, slice...)
	}
	return file
}

func swapped(b []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, binary.LittleEndian.Uint32(b))
}

// aix is an executable of AIX with two sections, the second of which no file holds.
func aix() []byte {
	order := binary.BigEndian
	file := append([]byte{1, 0xf7, 0, 2}, make([]byte, 4+8)...)
	file = append(file, 0, 0, 0, 2) // no optional header, executable
	file = append(file, make([]byte, 4)...)
	section := func(name string, length, at uint64, flags uint32) {
		file = append(file, name+strings.Repeat("\x00", 8-len(name)+16)...)
		file = order.AppendUint64(file, length)
		file = order.AppendUint64(file, at)
		file = append(file, make([]byte, 8+8+4+4)...)
		file = order.AppendUint32(file, flags)
		file = append(file, make([]byte, 4)...)
	}
	section(".text", 1000, 200, 0x20)
	section(".bss", 1<<30, 200, 0x80)
	return append(file, make([]byte, 1200-len(file))...)
}

// changed flips the bits of a byte.
func changed(data []byte, at int) []byte {
	data = bytes.Clone(data)
	data[at] ^= 0xff
	return data
}

// unsigned hides a Mach-O file's signature behind another command.
func unsigned(t testing.TB, data []byte) []byte {
	t.Helper()
	data = bytes.Clone(data)
	at := bytes.Index(data[:4096], []byte{0x1d, 0, 0, 0, 16, 0, 0, 0})
	NewWithT(t).Expect(at).To(BeNumerically(">", 0))
	data[at] = 0x2e
	return data
}

// sectionless takes the sections of an ELF file out, as packers do: what is loaded is all that is left.
func sectionless(t testing.TB, data []byte) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(data))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	end := uint64(0)
	for _, segment := range f.Progs {
		end = max(end, segment.Off+segment.Filesz)
	}
	data = bytes.Clone(data[:end])
	clear(data[40:48])
	clear(data[58:64])
	return data
}
