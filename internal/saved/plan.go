package saved

import (
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Kind is that of the document; its apiVersion is the state file's.
const Kind = "SavedPlan"

// Plan is a saved plan. It holds no token.
type Plan struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Surroundings
	Releases []Release `json:"releases"`
	Digest   string    `json:"digest"` // of all the above, see Write
}

// Surroundings are what a plan depends on besides what should be and what is.
type Surroundings struct {
	Program   string    `json:"program"` // the version that wrote it
	Made      time.Time `json:"made"`
	Registry  string    `json:"registry,omitempty"` // base URL; empty in the file of a rehearsal, as its port differs between runs
	Sandbox   string    `json:"sandbox,omitempty"`  // the rehearsal's folder
	Source    string    `json:"source,omitempty"`   // owner/repo on GitHub
	StateFile StateFile `json:"stateFile"`
	Flags     Flags     `json:"flags"`
}

// StateFile is the state file that the plan was made from.
type StateFile struct {
	Path   string `json:"path"` // as it was named on the command line
	SHA256 string `json:"sha256"`
}

// Flags are those that shaped the plan.
type Flags struct {
	Tag      string             `json:"tag,omitempty"` // also where $CIRCLE_TAG gave it
	Groups   []string           `json:"groups,omitempty"`
	Packages []string           `json:"packages,omitempty"`
	Only     []reconcile.Action `json:"only,omitempty"`
	DistTag  spec.DistTag       `json:"distTag,omitempty"`
	Staged   bool               `json:"staged,omitempty"`
	Prune    bool               `json:"prune,omitempty"`
	Token    bool               `json:"token,omitempty"` // no flag: a session's token publishes, which needs no seeds
}

// Release is a release of which at least one package is acted on.
type Release struct {
	Group    string       `json:"group"`
	Tag      string       `json:"tag,omitempty"`
	Commit   string       `json:"commit,omitempty"` // what Tag led to; empty where it was not known
	Version  spec.Version `json:"version,omitempty"`
	DistTag  spec.DistTag `json:"distTag"`
	Packages []Package    `json:"packages"`

	placeholder spec.Version
}

// Package is one package in the file: what was read of it, and what was to be done about it. It keeps only the parts of observed.Package
// and reconcile.Package by which Compare judges.
type Package struct {
	Name       spec.Name          `json:"name"`
	InScope    bool               `json:"asked"` // false: it belongs to the release, and the plan does not act on it
	Existence  observed.Existence `json:"existence"`
	State      observed.State     `json:"state,omitempty"`     // of the release's version
	Integrity  spec.Integrity     `json:"integrity,omitempty"` // of that version where it is served
	DistTag    spec.Version       `json:"distTag,omitempty"`   // where the release's dist-tag points
	Trust      *Trust             `json:"trust,omitempty"`     // nil: the trusted publishers could not be listed
	Conditions []Condition        `json:"conditions"`
	Changes    []Change           `json:"changes"`

	gitHead string // the commit that the served version names
	problem error  // why something could not be read
}

// Trust lists the trusted publishers of a package.
type Trust struct {
	Desired bool                    `json:"desired"` // whether all desired ones are there; Others are all except these
	Others  []spec.TrustedPublisher `json:"others,omitempty"`
}

// Condition is a condition of a package without its message.
type Condition struct {
	Type   reconcile.ConditionType `json:"type"`
	Status reconcile.Status        `json:"status"`
	Reason string                  `json:"reason"`
}

// Change is a change of the plan.
type Change struct {
	Action reconcile.Action `json:"action"`
	Actor  reconcile.Actor  `json:"actor"`
	Reason string           `json:"reason"`
}

// Allowed returns the actions that the plan has for each package. Whoever approved that a version is published, or waited for, has also
// approved that its dist-tag is set.
func (p Plan) Allowed() map[spec.Name][]reconcile.Action {
	allowed := map[spec.Name][]reconcile.Action{}
	for _, r := range p.Releases {
		for _, pkg := range r.Packages {
			for _, c := range pkg.Changes {
				allowed[pkg.Name] = append(allowed[pkg.Name], c.Action)
				if c.Action == reconcile.Publish || c.Action == reconcile.Approve || c.Action == reconcile.Wait {
					allowed[pkg.Name] = append(allowed[pkg.Name], reconcile.Tag)
				}
			}
		}
	}
	return allowed
}

// From returns where the dist-tags pointed that the plan rolls back.
func (p Plan) From() map[spec.Name]spec.Version {
	from := map[spec.Name]spec.Version{}
	for _, r := range p.Releases {
		for _, pkg := range r.Packages {
			if slices.ContainsFunc(pkg.Changes, func(c Change) bool { return c.Reason == reconcile.ReasonRollback }) {
				from[pkg.Name] = pkg.DistTag
			}
		}
	}
	return from
}

// Shown returns for each package the trusted publishers that the plan lists besides the desired ones. A package whose trusted publishers
// could not be listed is left out.
func (p Plan) Shown() map[spec.Name][]spec.TrustedPublisher {
	shown := map[spec.Name][]spec.TrustedPublisher{}
	for _, r := range p.Releases {
		for _, pkg := range r.Packages {
			if pkg.Trust != nil {
				shown[pkg.Name] = pkg.Trust.Others
			}
		}
	}
	return shown
}

// Has tells whether the plan has any change of that action.
func (p Plan) Has(a reconcile.Action) bool {
	return slices.ContainsFunc(p.Releases, func(r Release) bool {
		return slices.ContainsFunc(r.Packages, func(pkg Package) bool { return pkg.has(a) })
	})
}

// Done counts the changes of p that have been made since. Now is a new plan from which p does not differ.
func (p Plan) Done(now Plan) int {
	done, current := 0, now.releases()
	for _, was := range p.Releases {
		planned := map[spec.Name]Package{}
		for _, pkg := range was.Packages {
			planned[pkg.Name] = pkg
		}
		for _, pkg := range current[was.name()].Packages {
			for _, c := range planned[pkg.Name].Changes {
				unsure := c.Action == reconcile.Trust && pkg.condition(reconcile.Trusted).Status != reconcile.True
				if !pkg.has(c.Action) && !unsure {
					done++
				}
			}
		}
	}
	return done
}

// has tells whether the plan had any of the actions for the package.
func (p Package) has(actions ...reconcile.Action) bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return slices.Contains(actions, c.Action) })
}

func (p Package) condition(t reconcile.ConditionType) Condition {
	i := slices.IndexFunc(p.Conditions, func(c Condition) bool { return c.Type == t })
	if i < 0 {
		return Condition{}
	}
	return p.Conditions[i]
}
