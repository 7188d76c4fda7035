package spec_test

import (
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestParseVersion(t *testing.T) {
	for _, c := range []struct {
		version string
		wrong   string // what the error says; empty: it is a version
	}{
		{"0.0.0", ""},
		{"1.2.3", ""},
		{"10.20.30", ""},
		{"1.2.3-rc.1", ""},
		{"1.2.3--1", ""},
		{"1.2.3-0a.b-c", ""},
		{"0.0.1-security", ""},
		{"1.0.0-" + strings.Repeat("a", 250), ""},
		{"1.0.0-" + strings.Repeat("a", 251), "at most 256"},
		{"1.2.3+build", "build metadata (+build)"},
		{"1.2.3-rc.1+sha.5", "build metadata (+sha.5)"},
		{"", "no version"},
		{"1", "no version"},
		{"1.2", "no version"},
		{"1.2.3.4", "no version"},
		{"v1.2.3", "no version"},
		{"=1.2.3", "no version"},
		{"01.2.3", "no version"},
		{"1.02.3", "no version"},
		{"1.2.3-01", "no version"},
		{"1.2.3-", "no version"},
		{"1.2.3-rc..1", "no version"},
		{"1.2.3-r_c", "no version"},
		{"1.2.3-\u0441", "no version"}, // a Cyrillic c
		{"\u0661.2.3", "no version"},   // an Arabic 1
		{"-1.2.3", "no version"},
		{" 1.2.3", "no version"},
		{"1.2.3\n", "no version"},
		{"1.2.x", "no version"},
		{"^1.2.3", "no version"},
		{"latest", "no version"},
		{"99999999999999999999.0.0", "no version"},
		{"1.2.3/../4", "no version"},
		{"9007199254740991.0.9007199254740991", ""},
		{"9007199254740992.0.0", "a number above"},
		{"0.9007199254740992.0", "a number above"},
		{"0.0.9007199254740992", "a number above"},
	} {
		t.Run(c.version, func(t *testing.T) {
			g := NewWithT(t)
			version, err := spec.ParseVersion(c.version)
			if c.wrong == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(version.String()).To(Equal(c.version))
				return
			}
			wrong := strings.Replace(c.wrong, "no version", "is not a version", 1)
			g.Expect(err).To(MatchError(ContainSubstring(wrong)))
			g.Expect(version).To(BeEmpty())
		})
	}
}

func TestVersionsSortBySemverPrecedence(t *testing.T) {
	g := NewWithT(t)
	ascending := []spec.Version{
		"", "0.0.1-security", "0.0.1", "0.9.0", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2",
		"1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0-0", "2.0.0", "10.0.0",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i != j {
				want = map[bool]int{true: -1, false: 1}[i < j]
			}
			g.Expect(a.Compare(b)).To(Equal(want), "%q and %q", a, b)
		}
	}
	shuffled := slices.Clone(ascending)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, spec.Version.Compare)
	g.Expect(shuffled).To(Equal(ascending))
	g.Expect(spec.Version("latest").Compare("")).To(BeZero(), "neither is a version")
	g.Expect(spec.Version("latest").Compare("0.0.0-0")).To(Equal(-1))
}

func TestVersionParts(t *testing.T) {
	for _, c := range []struct {
		version    spec.Version
		prerelease bool
		next       spec.Version
	}{
		{"1.2.3", false, "1.2.4"},
		{"0.0.9", false, "0.0.10"},
		{"1.2.3-rc.1", true, "1.2.3-rc.2"},
		{"1.2.3-rc.9", true, "1.2.3-rc.10"},
		{"1.2.3-rc", true, "1.2.3-rc.1"},
		{"1.2.3-5", true, "1.2.3-5.1"},
		{"1.2.3-rc-1.2", true, "1.2.3-rc-1.3"},
		{"1.2.3-rc.1.beta", true, "1.2.3-rc.1.beta.1"},
		{"1.2.3-rc.99999999999999999999", true, "1.2.3-rc.99999999999999999999.1"},
		{"0.0.1-security", true, "0.0.1-security.1"},
		{"", false, ""},
		{"latest", false, ""},
		{"v1.2.3-rc.1", false, ""},
	} {
		t.Run(string(c.version), func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(c.version.Prerelease()).To(Equal(c.prerelease))
			g.Expect(c.version.Next()).To(Equal(c.next))
			if c.next != "" {
				g.Expect(c.next.Compare(c.version)).To(Equal(1))
			}
		})
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"1.2.3", "1.2.3-rc.1", "v1", "1.2.3+b", "1.2.3-18446744073709551616"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		version, err := spec.ParseVersion(s)
		if err != nil {
			return
		}
		g := NewWithT(t)
		g.Expect(version.String()).To(MatchRegexp(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`))
		g.Expect(version.Compare(spec.Version(s))).To(BeZero())
	})
}

func TestParseDistTag(t *testing.T) {
	for _, c := range []struct {
		tag   string
		wrong string // what the error says; empty: it is a tag
	}{
		{"latest", ""},
		{"next", ""},
		{"placeholder", ""},
		{"beta-1", ""},
		{"release.candidate", ""},
		{"LTS", ""},
		{"v1beta", ""},
		{"1st", ""},
		{"", "must not be empty"},
		{"1", "range"},
		{"v1", "range"},
		{"1.2.3", "range"},
		{"1.2.3-rc.1", "range"},
		{"1.x", "range"},
		{"x", "range"},
		{"*", "range"},
		{"^1", "range"},
		{"~1.2", "range"},
		{">=1", "range"},
		{"=1", "range"},
		{"1 - 2", "range"},
		{"1 || 2", "range"},
		{"lts/x", "URL"},
		{"a b", "URL"},
		{"a%2fb", "URL"},
		{"a?b", "URL"},
		{"a#b", "URL"},
		{"latest\n", "URL"},
		{"l\u0430test", "URL"}, // a Cyrillic a
		{".", "URL"},
		{"..", "URL"},
		{"a@b", "URL"},
		{"a:b", "URL"},
		{"a+b", "URL"},
		{"a&b", "URL"},
		{"a=b", "URL"},
		{"a$b", "URL"},
		{"...", ""},
	} {
		t.Run(c.tag, func(t *testing.T) {
			g := NewWithT(t)
			tag, err := spec.ParseDistTag(c.tag)
			if c.wrong == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(tag.String()).To(Equal(c.tag))
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(c.wrong)))
			g.Expect(tag).To(BeEmpty())
		})
	}
}

func TestVersionsThatOnlyHoldANameAreOursAndNPMsOwn(t *testing.T) {
	g := NewWithT(t)
	g.Expect(spec.Version("0.0.1").Placeholds("0.0.1")).To(BeTrue())
	g.Expect(spec.Version("0.0.0-stage").Placeholds("0.0.1")).To(BeTrue())
	g.Expect(spec.Version("0.0.1").Placeholds("0.0.2")).To(BeFalse())
	g.Expect(spec.Version("0.0.0-stage.1").Placeholds("0.0.1")).To(BeFalse())
}
