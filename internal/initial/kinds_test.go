package initial_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// shelf is a registry with packages of several versions.
type shelf struct {
	versions map[spec.Name]map[spec.Version]spec.Manifest
	tags     map[spec.Name]map[spec.DistTag]spec.Version
}

func (s shelf) DistTags(_ context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	if tags, ok := s.tags[name]; ok {
		return tags, nil
	}
	return nil, spec.ErrNotFound
}

func (s shelf) Manifest(_ context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	if m, ok := s.versions[name][version]; ok {
		return m, nil
	}
	return spec.Manifest{}, spec.ErrNotFound
}

func (s shelf) Versions(_ context.Context, name spec.Name) ([]spec.Version, error) {
	if versions, ok := s.versions[name]; ok {
		return slices.SortedFunc(maps.Keys(versions), spec.Version.Compare), nil
	}
	return nil, spec.ErrNotFound
}

func (s shelf) TarballExists(context.Context, spec.Name, string) error { return nil }

func (s shelf) Unpublished(context.Context, spec.Name) (time.Time, error) { return time.Time{}, nil }

// put adds a package by a line of testdata/kinds.txt.
func (s shelf) put(line string) (name spec.Name, version spec.Version) {
	words := strings.Fields(line)
	name, version = parted(words[0])
	m := spec.Manifest{Name: name, Version: version, Repository: "https://github.com/t/tool"}
	m.Dist.Tarball = "https://registry.example.test/a.tgz"
	tag, into := spec.Latest, (*spec.Dependencies)(nil)
	for _, word := range words[1:] {
		switch field, value, _ := strings.Cut(word, "="); {
		case word == "optional:":
			into = &m.OptionalDependencies
		case word == "hard:":
			into = &m.Dependencies
		case field == "deprecated":
			m.Deprecated = "old"
		case field == "bundles":
			m.Bundled = append(m.Bundled, value)
		case field == "tag":
			tag = spec.DistTag(value)
		case field == "repo":
			m.Repository = spec.Repository(value)
		case field == "by":
			m.Publisher = &spec.Publisher{TrustedPublisher: &spec.PublishedWith{ID: value}}
		case into == nil:
			p := on(word)
			m.OS, m.CPU, m.Libc = p.OS, p.CPU, p.Libc
		default:
			if *into == nil {
				*into = spec.Dependencies{}
			}
			dependency, wanted := parted(word)
			if strings.HasPrefix(value, "npm:") {
				dependency, wanted = spec.Name(field), spec.Version(value)
			} else if wanted == "" {
				wanted = version
			}
			(*into)[dependency.String()] = wanted.String()
		}
	}
	if s.versions[name] == nil {
		s.versions[name], s.tags[name] = map[spec.Version]spec.Manifest{}, map[spec.DistTag]spec.Version{}
	}
	s.versions[name][version] = m
	s.tags[name][tag] = version
	return name, version
}

// parted reads name@version; the version may be missing.
func parted(id string) (spec.Name, spec.Version) {
	at := strings.Index(id[1:], "@") + 1
	if at == 0 {
		return spec.Name(id), ""
	}
	return spec.Name(id[:at]), spec.Version(id[at+1:])
}

// commits are tags of which the commit is asked, too.
type commits struct{ tags }

func (commits) Commit(context.Context, string) (string, error) { return strings.Repeat("1", 40), nil }

// still is a clock that stands.
type still struct{}

func (still) Now() time.Time { return time.Unix(1_800_000_000, 0) }

func (still) Wait(context.Context, time.Duration) error { return errors.New("nobody waits") }

// UPDATE_GOLDEN=1 writes what is found anew.
func TestFamiliesOfAllKinds(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile("testdata/kinds.txt")
	g.Expect(err).NotTo(HaveOccurred())
	const golden = "testdata/kinds.golden"
	old, err := os.ReadFile(golden)
	g.Expect(err).NotTo(HaveOccurred())
	want := map[string]string{} // by the title of a kind
	for part := range strings.SplitSeq(string(old), "# ") {
		title, said, _ := strings.Cut(part, "\n")
		want["# "+title] = said
	}
	var found strings.Builder
	for _, kind := range strings.Split(strings.TrimSpace(string(text)), "\n\n")[1:] { // the first says what the file is
		title, family, _ := strings.Cut(kind, "\n")
		s := shelf{map[spec.Name]map[spec.Version]spec.Manifest{}, map[spec.Name]map[spec.DistTag]spec.Version{}}
		var entry spec.Name
		for i, line := range strings.Split(family, "\n") {
			if name, _ := s.put(line); i == 0 {
				entry = name
			}
		}
		said := strings.Join(told(t, s, entry), "\n") + "\n"
		fmt.Fprintf(&found, "%s\n%s", title, said)
		if os.Getenv("UPDATE_GOLDEN") == "" {
			t.Run(title, func(t *testing.T) { NewWithT(t).Expect(said).To(Equal(want[title])) })
		}
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		g.Expect(os.WriteFile(golden, []byte(found.String()), 0o600)).To(Succeed())
	}
}

// told is what init says of a family, and what plan then says of its file at the version that is served.
func told(t *testing.T, s shelf, entry spec.Name) (lines []string) {
	g := NewWithT(t)
	version := s.tags[entry][spec.Latest]
	github := tags{"v" + version.String()}
	draft, err := initial.FromEntry(t.Context(), entry, s, github.of)
	if err == nil {
		_, err = draft.YAML()
	}
	if err != nil {
		return []string{"  refused: " + err.Error()}
	}
	state := parsed(t, draft)
	for _, group := range state.Spec.Groups {
		lines = append(lines, written(group.Platforms)...)
		for _, library := range group.Packages {
			lines = append(lines, fmt.Sprintf("library by %s: %s", group.Tag, library.Package))
		}
	}
	for _, note := range draft.Notes {
		if !strings.Contains(note, "artifact is not filled in") {
			lines = append(lines, "note: "+note)
		}
	}
	selection := desired.Selection{}
	if state.Spec.Source == nil {
		selection.Tag = "v" + version.String()
	}
	releases, err := state.Releases(t.Context(), selection, commits{github})
	g.Expect(err).NotTo(HaveOccurred())
	plan, _, err := reconcile.Survey(t.Context(), reconcile.World{Observer: observed.Observer{Registry: s, Concurrency: 4}, Clock: still{}},
		reconcile.Desired{Releases: releases, Placeholder: state.Placeholder()}, reconcile.Policy{}, reconcile.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, f := range plan.Findings {
		lines = append(lines, fmt.Sprintf("plan: %s: %s", f.Type, f.Message))
	}
	for _, group := range plan.Groups {
		for _, p := range group.Packages {
			for _, c := range p.Changes {
				lines = append(lines, fmt.Sprintf("plan: %s %s", c.Action, p.Name))
			}
		}
	}
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}
