package observed

import (
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Query asks for one package. What the asker knows already is evidence that reading alone cannot give: in its scan, a
// version answers like one that never was.
type Query struct {
	Name      spec.Name
	Version   spec.Version   // empty: only the name matters
	Integrity spec.Integrity // what the version must hold; empty: whatever is there
	Accepted  bool           // the registry took this version
	Taken     bool           // the registry said that this number is taken
	Seeded    bool           // the registry said that it has this name
	Trust     *Trust         // known already, and not asked for again; nil: ask
	Numbers   *spec.Numbers  // the same
	Due       bool           // it may be published or is waited for: what reads do not show is asked for otherwise

	// Platform tells of an entry's optional dependencies which are its platforms, and Beside at which versions those of its
	// release are read anyway. What else it lists is looked up as npm would.
	Platform func(name string) bool
	Beside   map[spec.Name]spec.Version
	// Wanted are the versions, ranges or dist-tags by which packages that are to be published depend on this one.
	Wanted []string
	// Over is the dist-tag that the version would be published under, where it matters how what it points at now was published.
	Over spec.DistTag
	// Withdrawn are versions of which it matters whether they are deprecated.
	Withdrawn []spec.Version
}

// Snapshot is what was read, by name.
type Snapshot map[spec.Name]Package

// Package is what was read of one package.
type Package struct {
	Name      spec.Name
	Existence Existence
	DistTags  map[spec.DistTag]spec.Version
	Version   spec.Version   // the version asked for
	State     State          // of that version; empty where none was asked for
	Manifest  *spec.Manifest // of that version; nil where it is not served
	Access    spec.Access    // who may read it; "" where that is not known
	Trust     Trust
	Err       error // why something is Unknown or Unsure

	UnpublishedAt time.Time     // where Existence is Unpublished
	Numbers       *spec.Numbers // that it has used, where that was asked for; empty where it could not be read

	Others []Component          // of an entry that is served: platforms that it lists, and that are not Beside, by name
	Before *Component           // what the dist-tag Over points at, where that was asked for and the version is Absent
	Fits   map[string]Component // by what was Wanted: what npm would install for it

	Withdrawn map[spec.Version]Component // of those asked for: what npm says at their installation
}

// Unread tells whether anything that was asked of the package could not be read.
func (p Package) Unread() bool {
	unknown := func(c Component) bool { return c.State == Unknown }
	return p.Err != nil || slices.ContainsFunc(p.Others, unknown) ||
		slices.ContainsFunc(slices.Collect(maps.Values(p.Fits)), unknown) ||
		slices.ContainsFunc(slices.Collect(maps.Values(p.Withdrawn)), unknown)
}

// Exchange is what came of trying an ID token on a package.
type Exchange string

// The outcomes of an exchange.
const (
	Untried         Exchange = ""
	ExchangeTaken   Exchange = "Taken"
	ExchangeRefused Exchange = "Refused"      // for this package
	TokenRefused    Exchange = "TokenRefused" // whatever the package
)

// Trust is what is known of a package's trusted publishers, by whatever evidence was at hand.
type Trust struct {
	Listed     bool // the trust API answered: Publishers is all there are
	Publishers []spec.TrustedPublisher

	Exchange    Exchange
	Refusal     error                  // the registry's answer to a refused exchange
	Differences []spec.ClaimDifference // between the ID token that was tried and the nearest desired trusted publisher
	Fitting     *spec.TrustedPublisher // the desired one that the ID token is of; nil: none, or there is no ID token

	At          time.Time // when this was learnt
	PublishedBy string    // the provider of the ID token that published the version asked for: a hint
	Err         error     // why nothing better is known
}
