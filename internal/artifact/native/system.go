package native

import (
	"debug/elf"
	"path"
	"slices"
	"strings"
)

// elfSystems reads the ABI byte, which most systems leave at zero.
func elfSystems(abi elf.OSABI) []string {
	switch abi {
	case elf.ELFOSABI_FREEBSD:
		return []string{"freebsd", "dragonfly"}
	case elf.ELFOSABI_NETBSD:
		return []string{"netbsd"}
	case elf.ELFOSABI_OPENBSD:
		return []string{"openbsd"}
	case elf.ELFOSABI_SOLARIS:
		return []string{"sunos"}
	case elf.ELFOSABI_LINUX:
		return []string{"linux", "android", "openharmony"}
	}
	return []string{"linux", "android", "openharmony", "freebsd", "dragonfly", "netbsd", "openbsd", "sunos"}
}

// linkedBy returns the systems and the C library of an executable by its dynamic linker's path; nil and "" where it says neither.
func linkedBy(interpreter string) (systems []string, libc string) {
	switch base := path.Base(interpreter); {
	case strings.HasPrefix(base, "ld-musl-"):
		return []string{"linux", "openharmony"}, "musl"
	case strings.HasPrefix(base, "ld-linux"), strings.HasPrefix(base, "ld64.so"):
		return []string{"linux"}, "glibc"
	case interpreter == "/lib/ld.so.1":
		return []string{"linux", "sunos"}, "glibc"
	case base == "linker" || base == "linker64":
		return []string{"android", "openharmony"}, ""
	case base == "ld-elf.so.1":
		return []string{"freebsd", "dragonfly"}, ""
	case base == "ld-elf.so.2":
		return []string{"dragonfly"}, ""
	case base == "ld.elf_so":
		return []string{"netbsd"}, ""
	case interpreter == "/usr/libexec/ld.so":
		return []string{"openbsd"}, ""
	case base == "ld.so.1":
		return []string{"sunos"}, ""
	}
	return nil, ""
}

// needing returns the systems and the C libraries of a shared object by the names of those that it needs.
func needing(libraries []string) (systems, libcs []string) {
	bionic := slices.ContainsFunc(libraries, func(name string) bool {
		return name == "libdl.so" || name == "liblog.so" || name == "libandroid.so" // musl has these in its libc.so
	})
	for _, name := range libraries {
		switch {
		case name == "libc.so.6", name == "libc.so.6.1", name == "libpthread.so.0", name == "libm.so.6", name == "libdl.so.2",
			name == "librt.so.1", strings.HasPrefix(name, "ld-linux"), strings.HasPrefix(name, "ld64.so."):
			systems, libcs = []string{"linux"}, append(libcs, "glibc")
		case strings.HasPrefix(name, "libc.musl-"), strings.HasPrefix(name, "ld-musl-"):
			systems, libcs = []string{"linux", "openharmony"}, append(libcs, "musl")
		case name == "libc.so" && !bionic:
			systems, libcs = []string{"linux", "openharmony", "android"}, append(libcs, "musl")
		case name == "libc.so":
			systems = []string{"android", "openharmony"}
		}
	}
	slices.Sort(libcs)
	return systems, slices.Compact(libcs)
}

// Interpreter is the dynamic linker of Linux for a cpu and a libc, "glibc" or "musl", where its path is known here, else "".
func Interpreter(cpu, libc string) string {
	known := map[string][2]string{
		"x64":     {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"},
		"arm64":   {"/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"},
		"ia32":    {"/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"},
		"arm":     {"/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1"},
		"riscv64": {"/lib/ld-linux-riscv64-lp64d.so.1", "/lib/ld-musl-riscv64.so.1"},
		"ppc64":   {"/lib64/ld64.so.2", "/lib/ld-musl-powerpc64le.so.1"},
		"s390x":   {"/lib/ld64.so.1", "/lib/ld-musl-s390x.so.1"},
		"loong64": {"/lib64/ld-linux-loongarch-lp64d.so.1", "/lib/ld-musl-loongarch64.so.1"},
	}[cpu]
	if libc == "musl" {
		return known[1]
	}
	return known[0]
}
