package desired

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Settings are what npm keeps of a package beside its versions. A human's apply sets them; what is not said is left as it is.
type Settings struct {
	Access     spec.Access       `json:"access,omitempty"` // who may read it, also where it exists already
	Tokens     spec.Tokens       `json:"tokens,omitempty"` // whether tokens may publish it
	Deprecated []DeprecatedRange `json:"deprecated,omitempty"`
}

// DeprecatedRange are versions of which npm warns, or no longer does.
type DeprecatedRange struct {
	Versions string  `json:"versions"` // a range
	Message  *string `json:"message"`  // "": it no longer warns
}

// Deprecation is a DeprecatedRange that was read.
type Deprecation struct {
	Versions spec.Versions
	Given    string // as the state file has the range
	Message  string
}

// own is what a package says of itself; usual what is said of all packages.
type own struct {
	access   spec.Access
	settings *Settings
}

// settle fills in what the state file says of a package beside its versions: the package's own word counts before that of all.
func (s Spec) settle(p Package, of own) Package {
	mine, usual := cmp.Or(of.settings, &Settings{}), cmp.Or(s.Settings, &Settings{})
	p.SetAccess = mine.Access != "" || of.access == "" && usual.Access != ""
	p.Access = cmp.Or(mine.Access, of.access, usual.Access, s.Access, spec.AccessPublic)
	p.Tokens = cmp.Or(mine.Tokens, usual.Tokens)
	list := usual.Deprecated
	if mine.Deprecated != nil {
		list = mine.Deprecated
	}
	for _, d := range list {
		if versions, err := spec.ParseVersions(d.Versions); err == nil && d.Message != nil {
			p.Deprecated = append(p.Deprecated, Deprecation{versions, d.Versions, *d.Message})
		}
	}
	return p
}

// validate checks settings; access is what stands beside them.
func (s *Settings) validate(at *field.Path, access spec.Access, trusted bool) problemList {
	if s == nil {
		return nil
	}
	problems := knownAccess(at.Child("access"), s.Access)
	if access != "" && s.Access != "" && access != s.Access {
		problems = append(problems, field.Invalid(at.Child("access"), string(s.Access),
			fmt.Sprintf("beside access: %s: take one of them out", access)))
	}
	switch {
	case s.Tokens != "" && !s.Tokens.Known():
		problems = append(problems, field.NotSupported(at.Child("tokens"), s.Tokens, []spec.Tokens{spec.TokensForbidden, spec.TokensAllowed}))
	case s.Tokens == spec.TokensForbidden && !trusted:
		problems = append(problems, field.Forbidden(at.Child("tokens"),
			"without a trustedPublisher tokens are all that a pipeline can publish with: declare one first"))
	}
	first := seen{}
	for i, d := range s.Deprecated {
		path := at.Child("deprecated").Index(i)
		if _, err := spec.ParseVersions(d.Versions); err != nil {
			problems = append(problems, problemOf(path.Child("versions"), err)...)
		} else if strings.TrimSpace(d.Versions) == "" {
			problems = append(problems, field.Required(path.Child("versions"), `a range, such as "<1.4.0"; "*" for all`))
		} else {
			problems = append(problems, first.declare(path.Child("versions"), d.Versions)...)
		}
		if d.Message == nil {
			problems = append(problems, field.Required(path.Child("message"), `what npm says to whoever installs it; "" takes a warning away`))
		} else {
			problems = append(problems, validateMessage(path.Child("message"), *d.Message)...)
		}
	}
	return problems
}

// validateMessage checks what npm is to say in one line.
func validateMessage(at *field.Path, message string) problemList {
	switch {
	case strings.ContainsFunc(message, unicode.IsControl):
		return problemList{field.Invalid(at, field.OmitValueType{}, "must be one line, without control characters")}
	case len([]rune(message)) > maxMessage:
		return problemList{field.TooLong(at, field.OmitValueType{}, maxMessage)}
	}
	return nil
}
