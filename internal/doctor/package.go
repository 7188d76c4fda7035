package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Package is what is wrong with one package.
type Package struct {
	Name     spec.Name `json:"name"`
	Status   Status    `json:"status"`
	Evidence Evidence  `json:"evidence"`
	Message  string    `json:"message"`
	Causes   []Cause   `json:"causes"` // most likely first; none where nothing has to be done

	trouble bool // the answer is missing for a reason that may pass
}

// Evidence is what a package was judged by.
type Evidence string

// The evidences.
const (
	ByExchange Evidence = "exchange" // the ID token was tried
	ByTrustAPI Evidence = "trust"    // the trusted publishers were listed
	ByName     Evidence = "name"     // whether the name is taken
	ByNothing  Evidence = ""
)

// judge judges a package by the strongest evidence that there is.
func (s Symptoms) judge(is observed.Package) Package {
	p := Package{Name: is.Name, Status: Wrong, Evidence: ByName, Causes: []Cause{}}
	t := is.Trust
	exists := is.Existence != observed.Missing || t.Listed // the trust API lists a name before reads show it
	switch {
	case is.Existence == observed.Withdrawn:
		p.Message = "the registry's security team holds the name"
		p.Causes = []Cause{{p.Message, "ask npm's support to have the name back, or choose another"}}
	case is.Existence == observed.Unpublished:
		p.Message = "the package was unpublished, at " + is.UnpublishedAt.UTC().Format(time.RFC3339)
		p.Causes = []Cause{{"all versions of the package were removed; npm takes no other for 24 hours, and those numbers never again",
			"after that, " + s.Calling.seed()}}
	case t.Exchange == observed.ExchangeTaken:
		s.exchanged(&p, t)
	case t.Exchange != observed.Untried:
		p.Evidence, p.Message = ByExchange, "the exchange was refused: "+answer(t.Refusal)
		p.Causes = s.view().explain(t.Refusal, exists, t)
	case !exists:
		p.Message = "the name does not exist"
		p.Causes = []Cause{{"the name does not exist yet", s.Calling.seed()}}
	case is.Existence == observed.Unsure:
		p.fail(is.Err)
	case len(s.Want) == 0:
		p.Status, p.Message = Unknown, "the name exists; whether it may be published shows only when it is"
	case t.Listed:
		s.configured(&p, s.Want, t)
	case t.Err != nil:
		s.unlisted(&p, t.Err)
	default:
		p.Status, p.Evidence, p.Message = Unknown, ByNothing, "the name exists; no credential here can tell more"
	}
	return p
}

// unlisted judges a package whose trusted publishers the session could not list.
func (s Symptoms) unlisted(p *Package, err error) {
	p.Status, p.Evidence, p.Message = Unknown, ByTrustAPI, answer(err)
	switch {
	case errors.Is(err, spec.ErrSecondFactor):
		p.Causes = []Cause{{"the registry shows trusted publishers only after a second factor",
			"a human looks: " + s.Calling.npm("trust list") + ", with the package's name"}}
	case errors.Is(err, spec.ErrUnsupported):
		p.Causes = []Cause{{"this registry has no trusted publishing",
			"correct --registry, or take trustedPublisher out of the state file"}}
	case errors.Is(err, spec.ErrRefused):
		p.Causes = []Cause{{"the session is not of a human who may publish the package and has a second factor switched on",
			s.Calling.logIn("log in as one") + "; tokens of CI, and those that bypass the second factor, cannot be used"}}
	default:
		p.fail(err)
	}
}

func (p *Package) fail(err error) {
	p.Status, p.trouble = Unknown, !errors.Is(err, spec.ErrNoAccess) // which does not pass by itself
	if err == nil {
		err = errors.New("it was not read")
	}
	p.Message, p.Causes = answer(err), []Cause{trouble(err)}
	if _, rest, ok := strings.Cut(p.Message, " "+string(p.Name)+": "); ok { // the caller has named the package
		p.Message = rest
	}
}

// answer returns the registry's own words. The causes say what they may mean.
func answer(err error) string {
	var e *npm.Error
	if !errors.As(err, &e) || e.Status == 0 {
		return err.Error()
	}
	text := fmt.Sprintf("the registry answered %d: %s", e.Status, cmp.Or(e.Message, "(nothing)"))
	if e.Notice != "" {
		text += "; notice: " + e.Notice
	}
	return text
}
