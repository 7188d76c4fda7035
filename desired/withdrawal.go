package desired

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Withdrawal is a version that nobody should install any more.
type Withdrawal struct {
	Version spec.Version `json:"version"`
	Message string       `json:"message"` // what npm says to whoever installs it all the same
}

// maxMessage is how many characters a message may have: npm prints it as one line at each installation.
const maxMessage = 1024

// pin is what a group or a library says about its version: which it is, whether to go back to it, and what is withdrawn.
type pin struct {
	version   spec.Version
	rollback  bool
	withdrawn []Withdrawal
}

func (g Group) pin() pin      { return pin{g.Version, g.Rollback, g.Withdrawn} }
func (l Library) pin() pin    { return pin{l.Version, l.Rollback, l.Withdrawn} }
func (p pin) withdraws() bool { return p.rollback || len(p.withdrawn) > 0 }

// field returns the field that makes withdraws true.
func (p pin) field() string {
	if p.rollback {
		return "rollback"
	}
	return "withdrawn"
}

// validate checks rollback and withdrawn.
func (p pin) validate(at *field.Path, placeholder spec.Version) problemList {
	var problems problemList
	if p.rollback && p.version == "" {
		problems = append(problems, field.Required(at.Child("version"), "rollback: true goes back to it: pin it here, as in version: 1.4.4"))
	}
	first := seen{}
	for i, w := range p.withdrawn {
		path := at.Child("withdrawn").Index(i)
		problems = append(problems, w.validate(path, placeholder)...)
		switch w.Version {
		case "":
		case p.version:
			problems = append(problems, field.Invalid(path.Child("version"), w.Version.String(),
				"is the pinned version, which cannot be withdrawn at the same time"))
		default:
			problems = append(problems, first.declare(path.Child("version"), w.Version.String())...)
		}
	}
	return problems
}

func (w Withdrawal) validate(at *field.Path, placeholder spec.Version) problemList {
	problems := validateVersion(at.Child("version"), w.Version)
	switch {
	case w.Version == "":
		problems = append(problems, field.Required(at.Child("version"), "the version that is withdrawn"))
	case w.Version.Placeholds(placeholder):
		problems = append(problems, field.Invalid(at.Child("version"), w.Version.String(), "is a placeholder's version, which is no release"))
	}
	path := at.Child("message")
	if strings.TrimSpace(w.Message) == "" {
		return append(problems, field.Required(path, "what npm says to whoever installs it, such as: broken, use 1.4.4"))
	}
	return append(problems, validateMessage(path, w.Message)...)
}

// WithdrawnError says that a tag asks for a version that the same state file withdraws.
type WithdrawnError struct {
	Package spec.Name // the entry, or the library
	Version spec.Version
	Tag     string // that asks for it
	Group   string
}

func (e *WithdrawnError) Error() string {
	return fmt.Sprintf("the tag %s asks for %s@%s, which the state file withdraws (group %s): pin the version to go back to, with "+
		"version: X and rollback: true; or take %s out of withdrawn", e.Tag, e.Package, e.Version, e.Group, e.Version)
}

// applyPin sets what the pin decides: whether the release goes back, and what is withdrawn. A rollback does not apply where a given
// tag names another version, or another dist-tag is given: then somebody wants something else.
func (c *candidate) applyPin(given bool, distTag spec.DistTag) error {
	r := &c.release
	r.Pinned = c.pin.version != "" && r.Version == c.pin.version
	r.Given = r.Selected && (given || distTag != "")
	r.OtherDistTag = r.Selected && distTag != ""
	r.Rollback = r.Pinned && c.pin.rollback && r.DistTag == c.group.distTag(r.Version)
	r.Withdrawn = c.pin.withdrawn
	if slices.ContainsFunc(r.Withdrawn, func(w Withdrawal) bool { return w.Version == r.Version }) {
		return &WithdrawnError{Package: r.Packages[0].Name, Version: r.Version, Tag: r.Tag, Group: r.Group}
	}
	return nil
}
