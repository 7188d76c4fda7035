package desired

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// TargetIn splits the name of a platform package into a prefix and the target: "@esbuild/" and "linux-x64". The target begins at the first
// part that is an operating system or a processor; ok is false where there is none.
func TargetIn(name spec.Name) (prefix, target string, ok bool) {
	base := name.Base()
	for at := 0; at < len(base); {
		part, _, _ := strings.Cut(base[at:], "-")
		if osOf(part) != "" || cpuOf(part) != "" {
			return strings.TrimSuffix(name.String(), base[at:]), base[at:], true
		}
		at += len(part) + 1
	}
	return "", "", false
}

// NewTarget returns the target with this name whose package installs on the platform. It sets os and cpu only where they do not follow from
// the name.
func NewTarget(name string, on spec.Platform) Target {
	told, _ := Target{Name: name}.platform()
	t := Target{Name: name}
	given := func(told, wanted spec.List) spec.List {
		if slices.Equal(told, wanted) {
			return nil
		}
		return append(spec.List{}, wanted...) // an empty one means any
	}
	t.OS, t.CPU = given(told.OS, on.OS), given(told.CPU, on.CPU)
	switch { // where one is open and not told, the other says that this is meant
	case len(t.Missing()) == 0:
	case len(on.OS) > 0:
		t.OS = on.OS
	default:
		t.CPU = append(spec.List{}, on.CPU...)
	}
	if slices.Equal(on.OS, []string{"linux"}) { // elsewhere npm does not look at it
		t.Libc = on.Libc
	}
	return t
}

// Missing returns which of os and cpu are neither given nor derived from the target's name.
func (t Target) Missing() []string {
	_, missing := t.platform()
	return missing
}
