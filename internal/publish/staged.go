package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Staged hands versions to the registry, which shows them to nobody until a human approves them.
type Staged struct {
	Registry    *npm.Client
	Credentials Credentials
	Stages      StageLister // nil: nobody here may list what is staged, and whose a taken number is stays open
}

// StageLister lists what is staged of a package, which takes a human's session.
type StageLister interface {
	Stages(ctx context.Context, name spec.Name) ([]spec.Stage, error)
}

// Authorize gets the credential for the package. For an ID token that is the registry's word that it is known, not that it may stage.
func (s Staged) Authorize(ctx context.Context, name spec.Name) error {
	_, err := credentialOf(ctx, s.Credentials, name)
	return err
}

// Publish stages the version. The dist-tag moves with the approval, and is fixed from now on: so a stage that could only move it backwards
// is not made. Where other bytes wait under the number, the error wraps reconcile.ErrDiffers, and not spec.ErrAlreadyPublished.
func (s Staged) Publish(ctx context.Context, p npm.Publication) (spec.Integrity, error) {
	credential, err := last{s.Registry, s.Credentials, "staging", "stage"}.look(ctx, &p)
	if err != nil {
		return "", err
	}
	_, err = s.Registry.Stage(ctx, p, credential) // who approves it lists it, and needs no ID from here
	if errors.Is(err, spec.ErrAlreadyPublished) || errors.Is(err, spec.ErrStaged) {
		err = s.whose(ctx, p, err)
	}
	return p.Integrity, err
}

// whose looks up, where somebody may, what has taken the number: npm answers the same about a version that is published and one that is
// staged, by whomever.
func (s Staged) whose(ctx context.Context, p npm.Publication, answer error) error {
	if s.Stages == nil {
		return answer
	}
	stages, err := s.Stages.Stages(ctx, p.Name)
	if err != nil { // it says nothing of the version, so its meaning is not passed on
		return fmt.Errorf("%w; whether the same bytes are staged could not be looked up: %s", answer, err.Error())
	}
	i := slices.IndexFunc(stages, func(other spec.Stage) bool { return other.Version == p.Version })
	switch {
	case i < 0 || stages[i].Shasum == "": // it is published, or blocked by its scan; or it stays unknown
		return answer
	case strings.EqualFold(stages[i].Shasum, p.Shasum):
		return adopted{fmt.Sprintf("staging %s@%s: the same bytes are staged already", p.Name, p.Version), answer}
	}
	return fmt.Errorf("staging %s@%s: its number is taken by a stage with %w (sha1 %s, not %s): reject that one (facets-reconcile apply "+
		"--only reject), then stage this one again", p.Name, p.Version, reconcile.ErrDiffers, stages[i].Shasum, p.Shasum)
}

// adopted means what the registry's answer means, in better words: those of the answer are about what may have happened.
type adopted struct {
	words  string
	answer error
}

func (a adopted) Error() string { return a.words }
func (a adopted) Unwrap() error { return a.answer }
