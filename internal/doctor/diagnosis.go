package doctor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Symptoms are everything that a diagnosis is based on.
type Symptoms struct {
	Audience string                 // that the registry asks of ID tokens
	Want     spec.TrustedPublishers // none: the state file names none
	Now      time.Time
	Calling  Calling // of the commands that are recommended

	IDToken IDToken
	Session Session
	Runner  string // a sign that the job runs on a self-hosted runner (ci.Explainer), or ""

	Packages []observed.Package // in the order in which they are to be shown
}

// IDToken is the result of asking for an ID token.
type IDToken struct {
	Expected bool // this is a job whose provider gives one, or a variable holds one
	Token    idtoken.Token
	Err      error // why there is none that could be sent
}

// Session is the result of asking who is logged in.
type Session struct {
	Held bool   // there is a token
	User string // whose it is
	Err  error
}

// Diagnosis is what was found wrong, and what not.
type Diagnosis struct {
	Identity Identity
	Checks   []Check   // of the ID token; none where there is none
	Packages []Package // in the order of Symptoms
}

// Identity says who would publish from here.
type Identity struct {
	Status  Status  `json:"status"`
	Actor   string  `json:"actor"` // ci, human, or "" for nobody
	User    string  `json:"user"`  // whom the session belongs to; empty without one
	From    string  `json:"from"`  // where the ID token is from; empty without one
	Message string  `json:"message"`
	Causes  []Cause `json:"causes"`

	trouble bool
}

// Diagnose finds what is wrong.
func Diagnose(s Symptoms) Diagnosis {
	d := Diagnosis{Identity: s.identity(), Checks: []Check{}, Packages: []Package{}}
	if claims, ok := s.claims(); ok {
		d.Checks = s.Compare(claims)
		if s.Runner != "" && !s.view().taken {
			d.Checks = append(d.Checks, Check{Name: "runner", Status: Unknown, Have: s.Runner, Want: "not known",
				Message: "this may be a self-hosted runner: " + s.view().contradicted(),
				Next:    s.view().runner().Next})
		}
	}
	for _, is := range s.Packages {
		d.Packages = append(d.Packages, s.judge(is))
	}
	return d
}

// ExitCode returns reconcile.ExitError where something could not be found out, else reconcile.ExitHuman where somebody has to act, else
// reconcile.ExitOK.
func (d Diagnosis) ExitCode() int {
	code := reconcile.ExitOK
	act := func(must, trouble bool) {
		if trouble {
			code = reconcile.ExitError
		} else if must && code == reconcile.ExitOK {
			code = reconcile.ExitHuman
		}
	}
	act(d.Identity.Status == Wrong, d.Identity.trouble)
	for _, c := range d.Checks {
		act(c.Status == Wrong, false)
	}
	for _, p := range d.Packages {
		act(p.Status == Wrong || len(p.Causes) > 0, p.trouble)
	}
	return code
}

// claims returns the claims of the ID token, even if it is not fit to be sent.
func (s Symptoms) claims() (claims ci.Claims, ok bool) {
	var unfit *idtoken.UnfitError
	switch {
	case !s.IDToken.Expected:
		return ci.Claims{}, false
	case errors.As(s.IDToken.Err, &unfit):
		return unfit.Claims, true
	}
	return s.IDToken.Token.Claims, s.IDToken.Err == nil
}

func (s Symptoms) view() view {
	claims, _ := s.claims()
	return s.viewOf(claims)
}

// viewOf returns the view of an ID token against the nearest of the wanted trusted publishers.
func (s Symptoms) viewOf(claims ci.Claims) view {
	v := view{claims: claims, audience: s.Audience, now: s.Now, calling: s.Calling, all: s.Want}
	v.taken = slices.ContainsFunc(s.Packages, func(p observed.Package) bool { return p.Trust.Exchange == observed.ExchangeTaken })
	if i, _ := providers.Nearest(claims, s.Want); i >= 0 {
		v.want = s.Want[i]
	}
	v.provider = providers.For(claims, v.want)
	return v
}

func (s Symptoms) identity() Identity {
	i := Identity{Status: OK, Causes: []Cause{}}
	if s.Session.Held && s.Session.Err == nil {
		i.Actor, i.User, i.Message = "human", s.Session.User, "the session of "+s.Session.User
	}
	switch {
	case s.IDToken.Expected && s.IDToken.Err != nil:
		i.Status, i.Actor, i.Message = Wrong, "ci", s.IDToken.Err.Error()
		if _, ok := errors.AsType[*ci.NoToken](s.IDToken.Err); ok && unminted(s.IDToken.Err) {
			i.Message = "the job has no ID token" // the cause says the rest
		}
		i.Causes = s.view().explain(s.IDToken.Err, true, observed.Trust{})
	case s.IDToken.Expected:
		i.Actor, i.From = "ci", s.IDToken.Token.From
		i.Message = fmt.Sprintf("the ID token of %s, by %s", s.view().provider.Describe(s.IDToken.Token.Claims), i.From)
		if i.User != "" {
			i.Message += "; and the session of " + i.User
		}
	case i.User != "":
	case s.Session.Held && !errors.Is(s.Session.Err, spec.ErrRefused):
		i.Status, i.Message, i.Causes, i.trouble = Unknown, answer(s.Session.Err), []Cause{trouble(s.Session.Err)}, true
	case s.Session.Held:
		i.Status, i.Message = Wrong, "the token for the registry is nobody's: "+answer(s.Session.Err)
		i.Causes = []Cause{{"the session has expired or was revoked", s.Calling.npm("login")}}
	default:
		job := s.view().provider.Facts().Name + " job"
		i.Status, i.Message = Wrong, "nobody: no ID token, as this is no "+job+", and no session"
		i.Causes = []Cause{{"nobody is logged in to the registry, and this is no " + job,
			s.Calling.npm("login") + ", to seed and to trust; to publish, run it in the release pipeline"}}
	}
	return i
}
