package actor

import (
	"context"
	"errors"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// maxSilence is how often in a row a package's status is asked for and not told before it is given up for this run: npm says 404
// to those who may not know, too, and a registry that cannot answer is not to slow down every look.
const maxSilence = 2

// Statuses asks for the registry's own word on versions, with the credentials at hand. Whether it answers them is not known
// beforehand: each is tried, and not used again once it was refused.
type Statuses struct {
	Registry *npm.Client
	Exchange *Exchange   // of tokens that are good for one package each; nil: none
	Session  spec.Secret // good for all packages; empty: none

	first   sync.Mutex // held by the first question of the session, the others wait for what comes of it
	mu      sync.Mutex
	refused map[spec.Name]bool // "" stands for the session, which is then refused for all
	proven  bool               // what comes of asking with the session is known
	silent  map[spec.Name]int
}

// Status returns the registry's word, or "" where there is none to be had.
func (s *Statuses) Status(ctx context.Context, name spec.Name, version spec.Version) spec.Status {
	if s.gaveUp(name) {
		return ""
	}
	if s.Exchange != nil && !s.isRefused(name) {
		if with, ok := s.Exchange.atHand(name); ok {
			word, refused := s.ask(ctx, name, version, with)
			if !refused {
				return word
			}
			s.refuse(name)
		}
	}
	if s.Session.Empty() {
		return ""
	}
	if !s.answered() {
		s.first.Lock()
		defer s.first.Unlock()
	}
	if s.isRefused("") {
		return ""
	}
	defer s.prove()
	with, err := Session{Token: s.Session}.For(ctx, name)
	if err != nil {
		return ""
	}
	word, refused := s.ask(ctx, name, version, with)
	if refused {
		s.refuse("")
	}
	return word
}

// atHand returns the token for a package, if there is one: to ask for a status is no reason to exchange an ID token.
func (e *Exchange) atHand(name spec.Name) (npm.Credential, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	held, ok := e.held[name]
	return held, ok && !held.Expired(e.Now())
}

// ask asks once, and tells whether the credential was refused.
func (s *Statuses) ask(ctx context.Context, name spec.Name, version spec.Version, with npm.Credential) (word spec.Status, refused bool) {
	word, err := s.Registry.Status(ctx, name, version, with)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent == nil {
		s.silent = map[spec.Name]int{}
	}
	switch {
	case errors.Is(err, spec.ErrRefused), errors.Is(err, spec.ErrSecondFactor):
		return "", true
	case ctx.Err() != nil:
		return "", false
	case err == nil && word != "":
		delete(s.silent, name)
	default:
		s.silent[name]++
	}
	return word, false
}

func (s *Statuses) gaveUp(name spec.Name) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.silent[name] >= maxSilence
}

func (s *Statuses) isRefused(name spec.Name) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused[name]
}

func (s *Statuses) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proven
}

func (s *Statuses) prove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proven = true
}

func (s *Statuses) refuse(name spec.Name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == nil {
		s.refused = map[spec.Name]bool{}
	}
	s.refused[name] = true
}
