package desired

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Acceptance names findings that cannot be mended, or are intended. They are shown and do not count.
type Acceptance struct {
	Finding string       `json:"finding"`           // one of Findings
	Package string       `json:"package"`           // a name, or a pattern of path.Match
	Version spec.Version `json:"version,omitempty"` // "": any
	Reason  string       `json:"reason"`
	Until   string       `json:"until,omitempty"` // the last day, in UTC, such as 2027-01-31; "": forever
}

// Findings returns the types of findings that a state file can name. These are constants of package reconcile, which this package must not
// import, and which decides which of them are accepted and when. AcceptedNothing is not among them: it says that an entry is useless.
func Findings() []string {
	return []string{
		"AccessDiffers", "ArtifactRefused", "ArtifactWarning", "Backwards", "Behind", "Burnt", "Conflict", "Cycle", "Deprecated", "MovedBack",
		"PinBelow", "PinWithoutTag", "PlaceholderLatest", "ProvenanceDiffers", "RolledBack", "StagedLeftover", "Stuck", "TagWithoutRelease",
		"Torn", "TrustDowngraded", "Unattested", "Undeclared", "Unmet", "Unproven", "Unreadable", "Unverified", "Withdrawn",
	}
}

// Fits tells whether the entry names this finding. It does not look at the date.
func (a Acceptance) Fits(finding string, name spec.Name, version spec.Version) bool {
	return a.Finding == finding && a.Covers(name) && (a.Version == "" || a.Version == version)
}

// Covers tells whether the entry names this package.
func (a Acceptance) Covers(name spec.Name) bool {
	fits, err := path.Match(a.Package, name.String())
	return err == nil && fits
}

// Expired tells whether the last day is over.
func (a Acceptance) Expired(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, a.Until)
	return err == nil && !now.Before(last.AddDate(0, 0, 1))
}

// String names what is accepted: "Torn of demo@1.0.0".
func (a Acceptance) String() string {
	if a.Version == "" {
		return fmt.Sprintf("%s of %s", a.Finding, a.Package)
	}
	return fmt.Sprintf("%s of %s@%s", a.Finding, a.Package, a.Version)
}

func validateAccepted(at *field.Path, accepted []Acceptance) problemList {
	var problems problemList
	first := map[Acceptance]int{}
	for i, a := range accepted {
		problems = append(problems, a.validate(at.Index(i))...)
		same := Acceptance{Finding: a.Finding, Package: a.Package, Version: a.Version}
		if n, twice := first[same]; twice && a.Finding != "" && a.Package != "" {
			problems = append(problems, duplicate(at.Index(i), a.String(), fmt.Sprintf("it is accepted at %s already", at.Index(n))))
			continue
		}
		first[same] = i
	}
	return problems
}

func (a Acceptance) validate(at *field.Path) problemList {
	var problems problemList
	switch {
	case a.Finding == "":
		problems = append(problems, field.Required(at.Child("finding"), "the type of what is accepted, such as Torn"))
	case !slices.Contains(Findings(), a.Finding):
		problems = append(problems, field.NotSupported(at.Child("finding"), a.Finding, Findings()))
	}
	switch {
	case a.Package == "":
		problems = append(problems, field.Required(at.Child("package"), "the package's name, or a pattern such as @scope/*"))
	case strings.ContainsAny(a.Package, `*?[\`):
		problems = append(problems, validateGlob(at.Child("package"), a.Package)...)
	default:
		_, err := spec.ParseName(a.Package)
		problems = append(problems, problemOf(at.Child("package"), err)...)
	}
	problems = append(problems, validateVersion(at.Child("version"), a.Version)...)
	if strings.TrimSpace(a.Reason) == "" {
		problems = append(problems, field.Required(at.Child("reason"), "why it is accepted; reports show it"))
	}
	return append(problems, validateDay(at.Child("until"), a.Until)...)
}

// validateDay checks a day, which may be left out. It also checks the exact form, as time.Parse accepts others, too.
func validateDay(at *field.Path, day string) problemList {
	if day == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil || !regexp.MustCompile(patternDay).MatchString(day) {
		return problemList{field.Invalid(at, day, "must be a day that there is, in the form 2027-01-31")}
	}
	return nil
}

func acceptSchema() node {
	return listOf("Findings that cannot be mended, or are meant. They are shown and not counted, but for errors of the present release.", 0,
		objectOf("What is accepted, and why.", []string{"finding", "package", "reason"}, node{
			"finding": node{"description": "Its type.", "enum": Findings()},
			"package": textOf("The name of its package, or a pattern such as @scope/*.", ""),
			"version": versionSchema("Its version; any if not said.", ""),
			"reason":  textOf("Why it is accepted; reports show it.", `\S`),
			"until":   textOf("The last day, in UTC, as 2027-01-31, in quotes or not; for good if not said.", patternDay),
		}))
}
