package desired

import (
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// DefaultFile is the state file that is read when none is named.
const DefaultFile = "desired-state.yaml"

// The apiVersion and kind that a state file must have.
const (
	APIVersion = "reconcile.agentfacets.io/v1alpha1"
	Kind       = "DesiredState"
)

// State is the content of a state file, as written: defaults are not filled in. The methods rely on its being valid, as every State is that
// [Load] or [Parse] returns.
type State struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata,omitzero"`
	Spec       Spec     `json:"spec"`

	sum    string // of the bytes that it was read from
	places places // in the file that it was read from
}

// Sum returns the SHA-256, in hex, of the bytes that the state was read from.
func (s *State) Sum() string { return s.sum }

// Metadata names the state, for reports.
type Metadata struct {
	Name string `json:"name,omitempty"`
}

// Spec is what should be.
type Spec struct {
	Source            *Source      `json:"source,omitempty"`
	Registry          string       `json:"registry,omitempty"` // base URL
	TrustedPublisher  *Trust       `json:"trustedPublisher,omitempty"`
	TrustedPublishers []Trust      `json:"trustedPublishers,omitempty"` // in its place, where there are several
	Placeholder       *Placeholder `json:"placeholder,omitempty"`
	Access            spec.Access  `json:"access,omitempty"` // of names that do not exist yet; default public
	Settings          *Settings    `json:"settings,omitempty"`
	Compression       Compression  `json:"compression,omitempty"`   // of directories that are packed
	Provenance        Provenance   `json:"provenance,omitempty"`    // default auto
	ArtifactAllow     []string     `json:"artifactAllow,omitempty"` // in all packages; see Entry's
	Accept            []Acceptance `json:"accept,omitempty"`        // findings that are not counted
	Groups            []Group      `json:"groups"`
}

// Source is the repository whose tags ask for releases.
type Source struct {
	GitHub string `json:"github"` // "owner/repo"
}

// Trust is a trusted publisher that every package should have, of one of the CI systems.
type Trust struct {
	CircleCI    *circleci.Pipeline      `json:"circleci,omitempty"`
	GitHub      *githubactions.Workflow `json:"github,omitempty"`
	GitLab      *gitlab.Pipeline        `json:"gitlab,omitempty"`
	Permissions []Permission            `json:"permissions,omitempty"`
}

// Permission is what a trusted publisher may do.
type Permission string

// The permissions, as the state file writes them.
const (
	PermissionPublish Permission = "publish" // publish directly
	PermissionStage   Permission = "stage"   // stage for a human's approval
)

// Placeholder is the version that takes a name before its first release.
type Placeholder struct {
	Version spec.Version `json:"version,omitempty"`
}

// Compression weighs the time of packing against what every user downloads.
type Compression string

// The compressions.
const (
	CompressionFast     Compression = "fast"
	CompressionBalanced Compression = "balanced"
	CompressionSmall    Compression = "small"
)

// Group is a block of packages that share their tag form: either an entry with its platforms, released together at one
// version, or libraries, each with a version and a tag of its own.
type Group struct {
	Name              string       `json:"name"`
	Tag               string       `json:"tag"`                 // holds {version}, and {package} where tags name packages
	Version           spec.Version `json:"version,omitempty"`   // pins the entry and its platforms
	Rollback          bool         `json:"rollback,omitempty"`  // the dist-tag goes to Version, even backwards
	Withdrawn         []Withdrawal `json:"withdrawn,omitempty"` // versions that are deprecated
	DistTag           spec.DistTag `json:"distTag,omitempty"`
	PrereleaseDistTag spec.DistTag `json:"prereleaseDistTag,omitempty"`
	Prereleases       bool         `json:"prereleases,omitempty"` // the highest tag may be a prerelease
	Publish           Publishing   `json:"publish,omitempty"`     // default direct
	Provenance        Provenance   `json:"provenance,omitempty"`  // instead of Spec's
	Entry             *Entry       `json:"entry,omitempty"`
	Platforms         Blocks       `json:"platforms,omitempty"`
	Packages          []Library    `json:"packages,omitempty"`
	Workspace         *Workspace   `json:"workspace,omitempty"`
}

// Entry is the package that users install.
type Entry struct {
	Package  spec.Name   `json:"package"`
	Artifact string      `json:"artifact,omitempty"` // path of a folder or .tgz; globs, {package} and {version} allowed
	Access   spec.Access `json:"access,omitempty"`   // instead of Spec's
	Settings *Settings   `json:"settings,omitempty"` // each instead of Spec's
	// ArtifactAllow are files that may be published although a check against leaks refuses them. They are patterns of paths in the package, by
	// path.Match, with ** for any number of folders. A pattern without a slash is a name in any folder.
	ArtifactAllow []string `json:"artifactAllow,omitempty"`
}

// Library is a package that is released by itself.
type Library struct {
	Package  spec.Name    `json:"package"`
	Artifact string       `json:"artifact,omitempty"` // as Entry's
	Version  spec.Version `json:"version,omitempty"`  // pins it
	Access   spec.Access  `json:"access,omitempty"`   // instead of Spec's
	Settings *Settings    `json:"settings,omitempty"` // as Entry's

	Rollback  bool         `json:"rollback,omitempty"`  // as Group's
	Withdrawn []Withdrawal `json:"withdrawn,omitempty"` // as Group's

	ArtifactAllow []string `json:"artifactAllow,omitempty"` // as Entry's
}

// Workspace says where to look for packages that the state file should declare and does not. The patterns are matched against package names
// by path.Match; without Include all are meant.
type Workspace struct {
	Root    string   `json:"root,omitempty"` // folder, relative to the state file's; default "."
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`
}

// distTag is the dist-tag under which the group publishes version.
func (g Group) distTag(version spec.Version) spec.DistTag {
	tag, otherwise := g.DistTag, spec.Latest
	if version.Prerelease() {
		tag, otherwise = g.PrereleaseDistTag, defaultPrereleaseDistTag
	}
	if tag == "" {
		return otherwise
	}
	return tag
}

const defaultPrereleaseDistTag spec.DistTag = "next"
