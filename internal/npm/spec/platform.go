package spec

import (
	"slices"
	"strings"
)

// Platform says where a package installs, by the fields that npm compares with the machine. An empty list means anywhere.
type Platform struct {
	OS   []string `json:"os,omitempty"`
	CPU  []string `json:"cpu,omitempty"`
	Libc []string `json:"libc,omitempty"`
}

// Systems are Node's values of process.platform.
func Systems() []string {
	return []string{"aix", "android", "cygwin", "darwin", "freebsd", "haiku", "linux", "netbsd", "openbsd", "openharmony",
		"sunos", "win32"}
}

// Processors are Node's values of process.arch, and wasm32, which no machine has but packages do.
func Processors() []string {
	return []string{"arm", "arm64", "ia32", "loong64", "mips", "mips64el", "mipsel", "ppc", "ppc64", "riscv64", "s390",
		"s390x", "wasm32", "x64"}
}

// Libcs are the C libraries that npm knows, on Linux only.
func Libcs() []string { return []string{"glibc", "musl"} }

// Equal tells whether npm installs both on the same machines.
func (p Platform) Equal(other Platform) bool {
	return SameMachines(p.OS, other.OS, Systems()) && SameMachines(p.CPU, other.CPU, Processors()) &&
		SameMachines(p.Libc, other.Libc, Libcs())
}

// Anywhere tells whether npm installs the package on every machine.
func (p Platform) Anywhere() bool { return p.Equal(Platform{}) }

// ShutsOut returns machines on which a package should install and npm does not install it, as "os win32"; "" where it installs on all of
// them. Values that no machine has do not count, and a field for which nothing is wanted neither.
func (p Platform) ShutsOut(wanted Platform) string {
	for _, list := range []struct {
		field               string
		have, wanted, known []string
	}{{"os", p.OS, wanted.OS, Systems()}, {"cpu", p.CPU, wanted.CPU, Processors()}, {"libc", p.Libc, wanted.Libc, Libcs()}} {
		for _, value := range Admitted(list.wanted, list.known) {
			if slices.Contains(list.known, value) && !Admits(list.have, value) {
				return list.field + " " + value
			}
		}
	}
	return ""
}

// String writes the platform as "linux/x64" or "linux/arm64/musl".
func (p Platform) String() string {
	parts := []string{strings.Join(p.OS, ","), strings.Join(p.CPU, ",")}
	if len(p.Libc) > 0 {
		parts = append(parts, strings.Join(p.Libc, ","))
	}
	for i, part := range parts {
		if part == "" {
			parts[i] = "any"
		}
	}
	return strings.Join(parts, "/")
}

// Admits tells whether npm takes a value for one of a package's os, cpu or libc: none of those with a "!", and one of the others where
// there are any. "any" alone is every one (npm-install-checks, checkList).
func Admits(list []string, value string) bool {
	if len(list) == 1 && list[0] == "any" {
		return true
	}
	negated := 0
	match := false
	for _, element := range list {
		if not, isNegated := strings.CutPrefix(element, "!"); isNegated {
			negated++
			if not == value {
				return false
			}
		}
		match = match || element == value
	}
	return match || negated == len(list)
}

// Admitted returns what a list that shuts something out ("!arm") or takes everything ("any") admits of the known values: nil for
// everything. A list without such words stays as it is.
func Admitted(list, known []string) []string {
	special := func(value string) bool { return value == "any" || strings.HasPrefix(value, "!") }
	if !slices.ContainsFunc(list, special) {
		return list
	}
	admitted := slices.DeleteFunc(slices.Clone(known), func(value string) bool { return !Admits(list, value) })
	for _, value := range list { // what Node may know one day
		if !special(value) && !slices.Contains(admitted, value) && Admits(list, value) {
			admitted = append(admitted, value)
		}
	}
	if len(admitted) == len(known) {
		return nil
	}
	return admitted
}

// SameMachines tells whether npm takes the same values for two lists of os, cpu or libc, be they known or named in one of the lists.
func SameMachines(a, b, known []string) bool {
	values := slices.Clone(known)
	for _, value := range slices.Concat(a, b) {
		values = append(values, strings.TrimPrefix(value, "!"))
	}
	return !slices.ContainsFunc(values, func(value string) bool { return Admits(a, value) != Admits(b, value) })
}

// SameSet tells whether a and b hold the same strings, in any order and number.
func SameSet(a, b []string) bool {
	within := func(inner, outer []string) bool {
		return !slices.ContainsFunc(inner, func(s string) bool { return !slices.Contains(outer, s) })
	}
	return within(a, b) && within(b, a)
}
