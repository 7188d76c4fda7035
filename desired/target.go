package desired

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Target is one platform that the entry supports, in the project's own words ("linux-x64-musl"). What npm compares with
// the machine is derived from the name; OS, CPU and Libc override it. They take npm's values (process.platform and
// process.arch: "win32", "x64"); an empty list means any. Libc is never derived.
type Target struct {
	Name string    `json:"name"`
	OS   spec.List `json:"os,omitempty"`
	CPU  spec.List `json:"cpu,omitempty"`
	Libc spec.List `json:"libc,omitempty"`

	ListedUnder Listing `json:"listedUnder,omitempty"` // instead of that of its platforms
}

// UnmarshalJSON takes a target's name alone, or its fields.
func (t *Target) UnmarshalJSON(data []byte) error {
	*t = Target{}
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &t.Name)
	}
	type fields Target // without this method
	return json.Unmarshal(data, (*fields)(t))
}

// platform returns where the target installs, and the fields that are missing: neither given nor derived from the name. If one of os and
// cpu is given, the other may stay open, which means any: {name: darwin-universal, os: darwin}.
func (t Target) platform() (platform spec.Platform, missing []string) {
	stated := t.OS != nil || t.CPU != nil
	choose := func(field string, given spec.List, derive func(string) string) []string {
		if given != nil {
			return given
		}
		if value := derivedFrom(t.Name, derive); value != "" {
			return []string{value}
		}
		if !stated {
			missing = append(missing, field)
		}
		return nil
	}
	platform.OS = choose("os", t.OS, osOf)
	platform.CPU = choose("cpu", t.CPU, cpuOf)
	platform.Libc = t.Libc
	return platform, missing
}

// derivedFrom returns the one value that the parts of a target's name stand for; "" where there is none or more than one. Parts that mean
// something else (baseline, musl, gnu, msvc) are skipped.
func derivedFrom(name string, derive func(part string) string) string {
	found := ""
	for part := range strings.SplitSeq(name, "-") {
		value := derive(part)
		if value == "" || value == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = value
	}
	return found
}

// osOf returns npm's word for an operating system; "" for any other word.
func osOf(part string) string {
	switch part {
	case "windows", "win":
		return "win32"
	case "macos", "osx":
		return "darwin"
	case "illumos", "solaris":
		return "sunos"
	}
	return oneOf(spec.Systems(), part)
}

// cpuOf returns npm's word for a processor; "" for any other word.
func cpuOf(part string) string {
	switch part {
	case "x86_64", "amd64":
		return "x64"
	case "aarch64":
		return "arm64"
	case "x86", "i386", "i686", "386":
		return "ia32"
	case "armv6", "armv7", "armv7l":
		return "arm"
	case "ppc64le", "powerpc64le":
		return "ppc64"
	case "loongarch64":
		return "loong64"
	}
	return oneOf(spec.Processors(), part)
}

func oneOf(known []string, part string) string {
	for _, value := range known {
		if value == part {
			return value
		}
	}
	return ""
}
