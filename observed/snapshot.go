package observed

import (
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Query asks for one package. It also carries what the caller knows already, which is evidence that reading alone cannot give: while a
// version is being scanned, the registry answers as if it had never been sent.
type Query struct {
	Name      spec.Name
	Version   spec.Version   // empty: only the name matters
	Integrity spec.Integrity // what the version must hold; empty: whatever is there
	Accepted  bool           // the registry took this version
	Taken     bool           // the registry said that this number is taken
	Held      bool           // the registry took it for a human's approval, as far as the caller knows
	Seeded    bool           // the registry said that it has this name
	Trust     *Trust         // known already, and not asked for again; nil: ask
	Numbers   *spec.Numbers  // known already, and not asked for again; nil: ask
	Staged    bool           // its release is staged: what waits for approval is listed, where somebody here may
	Due       bool           // the version may be published, or is waited for: then the registry is also asked for its status

	// Home is the package of npm that has the versions, where they are versions of another one. Foreign tells which versions in the
	// package's own name belong to other packages, whose home it is. Questions and answers use the versions and dist-tags of the release.
	Home    spec.Home
	Foreign func(spec.Version) bool // nil: none

	// Platform tells which optional dependencies of an entry are its platforms. Beside has what the entry wants of the platforms that have
	// queries of their own. All others that it lists are looked up as npm would do it.
	Platform func(name string) bool
	Beside   map[spec.Name]string
	// Wanted are the versions, ranges or dist-tags by which packages that are to be published depend on this one.
	Wanted []string
	// Over is the dist-tag under which the version would be published. It is given where it matters how the version was published that the
	// dist-tag points at now.
	Over spec.DistTag
	// Withdrawn are versions of which it matters whether they are deprecated. Warnings asks the same of all served versions; Deprecated has
	// the answer where it is known already.
	Withdrawn  []spec.Version
	Warnings   bool
	Deprecated map[spec.Version]string
	// TokensSet: the caller has set whether tokens may publish, which no read shows. AccessSet: it has set who may read it, which not every
	// registry shows.
	TokensSet, AccessSet bool
}

// Snapshot is what was read, by package name.
type Snapshot map[spec.Name]Package

// With returns the snapshot with newer readings in the place of older ones.
func (s Snapshot) With(newer Snapshot) Snapshot {
	merged := maps.Clone(s)
	if merged == nil {
		merged = Snapshot{}
	}
	maps.Copy(merged, newer)
	return merged
}

// Package is what was read of one package. What should be is a desired.Package, the difference of both a reconcile.Package.
type Package struct {
	Name      spec.Name
	Existence Existence
	DistTags  map[spec.DistTag]spec.Version
	HomeTags  map[spec.DistTag]spec.Version // all that npm has in its home, in npm's words; nil: DistTags are all
	Version   spec.Version                  // the version asked for
	State     State                         // of that version; empty where none was asked for
	Manifest  *spec.Manifest                // of that version; nil where it is not served
	Access    spec.Access                   // who may read it; "" where that is not known
	Trust     Trust
	Err       error // why something is Unknown or Unsure

	UnpublishedAt time.Time     // where Existence is Unpublished
	Numbers       *spec.Numbers // the numbers that it has used; nil: not asked for; empty: could not be read

	Stage    *spec.Stage  // the version, as it was listed among those that wait for approval; nil: it was not listed
	Beside   []spec.Stage // its other versions that wait for approval
	StageErr error        // why they could not be listed: then nothing follows from what is not there

	Others []Component          // of a served entry: the platforms that it lists and that are not in Beside, sorted by name
	Before *Component           // what the dist-tag Over points at; only where the version is Absent, or there is none to ask for
	Fits   map[string]Component // for each element of Wanted, what npm would install

	Withdrawn     map[spec.Version]Component // for each version of the query's Withdrawn, whether it is served and deprecated
	Deprecated    map[spec.Version]string    // where the query wants Warnings: of each served version what npm warns of; "" for none
	DeprecatedErr error                      // why that is not known
	TokensSet     bool                       // as the query has it
	AccessSet     bool                       // the same
}

// Unread tells whether anything that was asked about the package could not be read.
func (p Package) Unread() bool {
	unknown := func(c Component) bool { return c.State == Unknown }
	return p.Err != nil || p.DeprecatedErr != nil || slices.ContainsFunc(p.Others, unknown) ||
		slices.ContainsFunc(slices.Collect(maps.Values(p.Fits)), unknown) ||
		slices.ContainsFunc(slices.Collect(maps.Values(p.Withdrawn)), unknown)
}

// Exchange is the result of trying to exchange an ID token for a package's token.
type Exchange string

// The outcomes of an exchange.
const (
	Untried         Exchange = ""
	ExchangeTaken   Exchange = "Taken"
	ExchangeRefused Exchange = "Refused"      // for this package
	TokenRefused    Exchange = "TokenRefused" // whatever the package
)

// Trust is what is known about a package's trusted publishers, by all evidence at hand.
type Trust struct {
	Listed     bool // the trust API answered: Publishers is all there are
	Publishers []spec.TrustedPublisher

	Exchange    Exchange
	Refusal     error                  // the registry's answer to a refused exchange
	Differences []spec.ClaimDifference // between the ID token that was tried and the nearest desired trusted publisher
	Fitting     *spec.TrustedPublisher // the desired one that the ID token belongs to; nil: none, or there is no ID token

	At          time.Time // when this was learnt
	PublishedBy string    // the provider of the ID token that published the version asked for: a hint
	With        string    // which trusted publisher that was, by an ID of the registry's; "" where it does not say
	Err         error     // why nothing better is known
}
