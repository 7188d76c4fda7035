package desired

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"golang.org/x/sync/errgroup"
)

// maxListings is how many requests for tags are under way at once.
const maxListings = 4

// Selection narrows what is released. The zero value selects everything, at the newest versions.
type Selection struct {
	Tag     string       // the given git tag; "": none
	DistTag spec.DistTag // the dist-tag of the selected releases, instead of their groups'
	Root    string       // the state file's folder, in which workspaces are looked for; "": they are not
	Earlier int          // how many earlier tags of each release to return
	Staged  bool         // the selected releases are staged, whatever their groups say
}

// Releases returns what should be released, in the file's order.
//
// A given tag decides the version of the release that it names; only that release is Selected, and the repository is not asked. A tag that
// names no release gives a [*TagError], or a [*PrivatePackageError] if it names a private package of the workspace. A version that
// the state file withdraws gives a [*WithdrawnError].
//
// Without a given tag, the pinned version is taken, else the highest version among the repository's tags. Prereleases count only where
// the group asks for them; tags whose version npm would refuse do not count. Tags may be nil, and is not asked where the state file
// names no source.
func (s *State) Releases(ctx context.Context, selection Selection, tags TagLister) ([]Release, error) {
	var candidates []*candidate
	for _, group := range s.Spec.Groups {
		candidates = append(candidates, group.candidates(s.Spec)...)
	}
	given := selection.Tag
	var err error
	switch {
	case given != "":
		if err = s.assignGivenTag(candidates, given, selection.Root); err == nil && s.Spec.Source != nil && tags != nil {
			err = resolveTags(ctx, listedUnresolved(candidates, given), tags, 0)
		}
	case s.Spec.Source != nil && tags != nil:
		err = resolveTags(ctx, candidates, tags, selection.Earlier)
	}
	if err != nil {
		return nil, err
	}
	join(candidates)
	releases := make([]Release, len(candidates))
	for i, c := range candidates {
		c.release.Selected = given == "" || c.release.Tag == given
		c.release.DistTag = c.group.distTag(c.release.Version)
		c.release.Staged = c.group.Publish == PublishStaged || c.release.Selected && selection.Staged
		c.release.Provenance = s.Spec.provenance(c.group)
		if c.release.Selected && selection.DistTag != "" {
			c.release.DistTag = selection.DistTag
		}
		if err := c.applyPin(given != "", selection.DistTag); err != nil {
			return nil, err
		}
		s.setAllowed(c.release.Packages)
		releases[i] = c.release
	}
	return releases, nil
}

// candidate is a release whose version is not decided yet.
type candidate struct {
	group   Group
	form    form // of its tags
	pin     pin
	apart   bool // platforms that are released apart from the entry of their group
	release Release
}

// version returns the version that a tag releases; ok is false where it releases none, or is that of a platform in the entry's package.
func (c *candidate) version(tag string) (version spec.Version, ok bool) {
	version, ok = c.form.version(tag)
	foreign := c.release.Foreign()
	return version, ok && (foreign == nil || !foreign(version))
}

// tagged tells whether there are tags that ask for the release. Platforms that are only pinned have none.
func (c *candidate) tagged() bool { return c.release.TagForm != "" }

// candidates returns the group's releases, at their pinned versions or without a version.
func (g Group) candidates(usual Spec) []*candidate {
	if g.Entry != nil {
		whole := g.candidate(g.pin(), []Package{g.entry(usual)})
		candidates := []*candidate{whole}
		for _, block := range g.Platforms {
			switch {
			case block.apart():
				candidates = append(candidates, block.apartFrom(g, usual))
			case block.Group == "":
				whole.release.Packages = append(whole.release.Packages, block.expand(g, usual)...)
				whole.release.PlatformForms = append(whole.release.PlatformForms, block.naming())
				if block.sharesEntry(g) {
					whole.release.PlatformVersions = append(whole.release.PlatformVersions, block.versions())
				}
			}
		}
		return candidates
	}
	packages := g.expand(usual)
	candidates := make([]*candidate, len(g.Packages))
	for i, library := range g.Packages {
		candidates[i] = g.candidate(library.pin(), packages[i:i+1:i+1])
	}
	return candidates
}

func (g Group) candidate(pin pin, packages []Package) *candidate {
	tags, _ := g.tagForm(packages[0].Name)
	return &candidate{group: g, form: tags, pin: pin, release: Release{Group: g.Name, Version: pin.version, Packages: packages,
		TagForm: tags.fill(holeVersion)}}
}

// assignGivenTag sets the version of the releases that the given tag names: one, or several that share their form of tags.
func (s *State) assignGivenTag(candidates []*candidate, tag, root string) error {
	unknown := &TagError{Tag: tag}
	known := false
	for _, c := range candidates {
		if !c.tagged() {
			continue
		}
		if version, ok := c.version(tag); ok {
			c.release.Version, c.release.Tag, known = version, tag, true
			continue
		}
		if value, ok := c.form.value(tag); ok {
			unknown.Detail = fmt.Sprintf("%s is the version of a platform", value)
			if _, err := spec.ParseVersion(value); err != nil {
				unknown.Detail = err.Error()
			}
		}
		unknown.Forms = append(unknown.Forms, c.release.TagForm)
	}
	switch {
	case known:
		return nil
	case root == "":
		return unknown
	}
	return s.explainUnknownTag(unknown, root)
}

// listedUnresolved returns those candidates whose platforms an entry lists that the given tag releases, and whose version it does not say.
func listedUnresolved(candidates []*candidate, given string) (unresolved []*candidate) {
	for _, c := range candidates {
		needed := slices.ContainsFunc(candidates, func(entry *candidate) bool { return entry.release.Tag == given && entry.lists(c) })
		if needed && c.release.Version == "" {
			unresolved = append(unresolved, c)
		}
	}
	return unresolved
}

// resolveTags sets the tag of each release, of its pinned or the highest version, its commit, and the earlier tags.
func resolveTags(ctx context.Context, candidates []*candidate, tags TagLister, earlier int) error {
	listed, err := listTags(ctx, candidates, tags)
	if err != nil {
		return err
	}
	for _, c := range candidates {
		if !c.tagged() {
			continue
		}
		own := tagsWithPrefix(listed[c.listing()], c.form.prefix)
		c.chooseTag(own)
		c.setEarlier(own, earlier)
	}
	return each(candidates, func(c *candidate) error {
		if c.release.Tag == "" || c.release.Commit != "" || c.release.PinWithoutTag {
			return nil
		}
		var err error
		c.release.Commit, err = tags.Commit(ctx, c.release.Tag)
		return err
	})
}

// listTags returns the repository's tags by listing, sorted by name. It sends one request for each group, with the prefix that all its tags
// share: one for each library would soon be more than GitHub allows in an hour.
func listTags(ctx context.Context, candidates []*candidate, tags TagLister) (map[string][]Tag, error) {
	type listing struct {
		of, prefix string
		tags       []Tag
	}
	var listings []*listing
	for _, c := range candidates {
		if !c.tagged() {
			continue
		}
		if last := len(listings) - 1; last >= 0 && listings[last].of == c.listing() { // groups stand together
			listings[last].prefix = commonPrefix(listings[last].prefix, c.form.prefix)
			continue
		}
		listings = append(listings, &listing{of: c.listing(), prefix: c.form.prefix})
	}
	err := each(listings, func(l *listing) (err error) {
		l.tags, err = tags.Tags(ctx, l.prefix)
		slices.SortFunc(l.tags, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
		return err
	})
	byListing := map[string][]Tag{}
	for _, l := range listings {
		byListing[l.of] = l.tags
	}
	return byListing, err
}

// commonPrefix returns what both texts begin with.
func commonPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// tagsWithPrefix returns those of the sorted tags that begin with prefix.
func tagsWithPrefix(tags []Tag, prefix string) []Tag {
	first, _ := slices.BinarySearchFunc(tags, prefix, func(t Tag, prefix string) int { return strings.Compare(t.Name, prefix) })
	last := first
	for last < len(tags) && strings.HasPrefix(tags[last].Name, prefix) {
		last++
	}
	return tags[first:last]
}

// chooseTag chooses the release's tag among those of the repository.
func (c *candidate) chooseTag(tags []Tag) {
	pin := c.release.Version
	for _, tag := range tags {
		version, ok := c.version(tag.Name)
		switch {
		case !ok || pin != "" && version != pin:
			continue
		case pin == "" && version.Prerelease() && !c.group.Prereleases:
			continue
		case pin == "" && version.Compare(c.release.Version) <= 0:
			continue
		}
		c.release.Version, c.release.Tag, c.release.Commit = version, tag.Name, tag.Commit
	}
	if c.release.PinWithoutTag = pin != "" && c.release.Tag == ""; c.release.PinWithoutTag {
		c.release.Tag = c.form.fill(pin.String())
	}
}

// setEarlier sets the highest tags below the release's own.
func (c *candidate) setEarlier(tags []Tag, most int) {
	var below []Earlier
	for _, tag := range tags {
		version, ok := c.version(tag.Name)
		if ok && version.Compare(c.release.Version) < 0 && (c.group.Prereleases || !version.Prerelease()) {
			below = append(below, Earlier{Tag: tag.Name, Version: version})
		}
	}
	slices.SortFunc(below, func(a, b Earlier) int { return b.Version.Compare(a.Version) })
	c.release.Earlier = slices.Clip(below[:min(most, len(below))])
}

// each runs do for all items, a few at a time. It returns all errors, but the same error only once: a rate limit, or a missing repository,
// concerns all items.
func each[T any](items []T, do func(T) error) error {
	failures := make([]error, len(items))
	var group errgroup.Group
	group.SetLimit(maxListings)
	for i, item := range items {
		group.Go(func() error {
			failures[i] = do(item)
			return nil
		})
	}
	_ = group.Wait() // each item's error stands in its slot
	var distinct []error
	known := map[string]bool{}
	for _, err := range failures {
		if err != nil && !known[err.Error()] {
			known[err.Error()] = true
			distinct = append(distinct, err)
		}
	}
	return errors.Join(distinct...)
}
