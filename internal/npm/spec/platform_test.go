package spec_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestPlatformsAreComparedAsNpmDoes(t *testing.T) {
	for _, c := range []struct {
		a, b spec.Platform
		same bool
	}{
		{spec.Platform{OS: []string{"linux", "darwin"}}, spec.Platform{OS: []string{"darwin", "linux", "linux"}}, true},
		{spec.Platform{OS: []string{"any"}}, spec.Platform{}, true},
		{spec.Platform{OS: []string{"any", "linux"}}, spec.Platform{}, false},
		{spec.Platform{OS: []string{"!win32"}}, spec.Platform{}, false},
		{spec.Platform{OS: []string{"!win32", "linux"}}, spec.Platform{OS: []string{"linux"}}, true},
		{spec.Platform{CPU: []string{"!arm", "!ia32"}}, spec.Platform{CPU: []string{"!ia32", "!arm"}}, true},
		{spec.Platform{CPU: []string{"x86", "ia32"}}, spec.Platform{CPU: []string{"ia32"}}, false}, // Node may know x86 one day
		{spec.Platform{CPU: []string{"sparc"}}, spec.Platform{CPU: []string{"alpha"}}, false},
		{spec.Platform{Libc: []string{"!musl"}}, spec.Platform{Libc: []string{"glibc"}}, true},
		{spec.Platform{Libc: []string{"glibc"}}, spec.Platform{}, false},
	} {
		g := NewWithT(t)
		g.Expect(c.a.Equal(c.b)).To(Equal(c.same), "%s and %s", c.a, c.b)
		g.Expect(c.b.Equal(c.a)).To(Equal(c.same), "%s and %s", c.b, c.a)
	}
}

func TestMachinesThatAreShutOut(t *testing.T) {
	for _, c := range []struct {
		have, wanted spec.Platform
		out          string
	}{
		{spec.Platform{}, spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}}, ""},
		{spec.Platform{OS: []string{"linux", "win32"}}, spec.Platform{OS: []string{"linux"}}, ""},
		{spec.Platform{OS: []string{"darwin"}}, spec.Platform{OS: []string{"linux"}}, "os linux"},
		{spec.Platform{CPU: []string{"!arm"}}, spec.Platform{CPU: []string{"arm64", "arm"}}, "cpu arm"},
		{spec.Platform{CPU: []string{"ia32"}}, spec.Platform{CPU: []string{"x86", "ia32"}}, ""},
		{spec.Platform{Libc: []string{"glibc"}}, spec.Platform{OS: []string{"linux"}}, ""},
		{spec.Platform{Libc: []string{"glibc"}}, spec.Platform{Libc: []string{"musl"}}, "libc musl"},
	} {
		NewWithT(t).Expect(c.have.ShutsOut(c.wanted)).To(Equal(c.out), "%s for %s", c.have, c.wanted)
	}
}

func TestAdmittedValues(t *testing.T) {
	known := []string{"a", "b", "c"}
	for _, c := range []struct{ list, admitted []string }{
		{nil, nil},
		{[]string{"a"}, []string{"a"}},
		{[]string{"d"}, []string{"d"}},
		{[]string{"any"}, nil},
		{[]string{"!a"}, []string{"b", "c"}},
		{[]string{"!a", "d"}, []string{"d"}},
		{[]string{"!d"}, nil},
		{[]string{"!a", "!b", "!c"}, []string{}},
	} {
		NewWithT(t).Expect(spec.Admitted(c.list, known)).To(Equal(c.admitted), "%q", c.list)
	}
}
