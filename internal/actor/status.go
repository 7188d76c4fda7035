package actor

import (
	"context"
	"errors"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

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
	silent  map[edition]int    // how often in a row a status was wanted and not told
	said    map[edition]spec.Status
}

// edition is one version of one package.
type edition struct {
	name    spec.Name
	version spec.Version
}

// Status returns the registry's word, or "" where there is none to be had. The last one holds while no other is told, as when a token
// has expired meanwhile: of a version that was there once none is ever absent again, but for one that was staged, and then rejected.
func (s *Statuses) Status(ctx context.Context, name spec.Name, version spec.Version) spec.Status {
	word, gone := s.told(ctx, name, version)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		s.said = map[edition]spec.Status{}
	}
	switch at := (edition{name, version}); {
	case word != "":
		s.said[at] = word
	case gone && s.said[at] == spec.StatusStaged:
		delete(s.said, at)
	}
	return s.said[edition{name, version}]
}

// told returns what is told now, or that there is no such version.
func (s *Statuses) told(ctx context.Context, name spec.Name, version spec.Version) (word spec.Status, gone bool) {
	if !s.due(edition{name, version}) {
		return "", false
	}
	if s.Exchange != nil && !s.isRefused(name) {
		if with, ok := s.Exchange.atHand(name); ok {
			word, err := s.ask(ctx, name, version, with)
			if !refuses(err) {
				return word, errors.Is(err, spec.ErrNotFound)
			}
			s.refuse(name)
		}
	}
	if s.Session.Empty() {
		return "", false
	}
	if !s.answered() {
		s.first.Lock()
		defer s.first.Unlock()
	}
	if s.isRefused("") {
		return "", false
	}
	defer s.prove()
	with, err := Session{Token: s.Session}.For(ctx, name)
	if err != nil {
		return "", false
	}
	word, err = s.ask(ctx, name, version, with)
	if refuses(err) {
		s.refuse("")
	}
	return word, errors.Is(err, spec.ErrNotFound)
}

// atHand returns the token for a package, if there is one: to ask for a status is no reason to exchange an ID token.
func (e *Exchange) atHand(name spec.Name) (npm.Credential, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	held, ok := e.held[name]
	return held, ok && !held.Expired(e.Now())
}

// ask asks once.
func (s *Statuses) ask(ctx context.Context, name spec.Name, version spec.Version, with npm.Credential) (spec.Status, error) {
	word, err := s.Registry.Status(ctx, name, version, with)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && word != "" {
		delete(s.silent, edition{name, version})
	}
	return word, err
}

// refuses tells whether the credential was refused.
func refuses(err error) bool {
	return errors.Is(err, spec.ErrRefused) || errors.Is(err, spec.ErrSecondFactor)
}

// due tells whether to ask about a version. What was not told is asked for less and less often: npm says 404 to those who may not
// know, too, and a registry that cannot answer is not to slow down every look; yet others may publish the version at any time.
func (s *Statuses) due(of edition) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent == nil {
		s.silent = map[edition]int{}
	}
	n := s.silent[of]
	s.silent[of]++
	return n&(n-1) == 0 // 0, 1, 2, 4, 8 …
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
