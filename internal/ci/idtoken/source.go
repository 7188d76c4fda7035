package idtoken

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/child"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	// renewAfter is the age at which a token is no longer handed out if another can be had.
	renewAfter = 3 * time.Minute
	// AcceptedFor is the age up to which npm takes ID tokens, whatever their exp says (of CircleCI's, seen by ckeditor5-dev
	// v61.3.0).
	AcceptedFor = 5 * time.Minute
)

// FromNPM is the variable that is set by the user, with npm's audience; it wins as in npm itself.
const FromNPM = "NPM_ID_TOKEN"

// Issuer is the part of a ci.Provider that ID tokens come from.
type Issuer interface {
	Facts() ci.Facts
	Job(env func(name string) string) (job ci.Job, ok bool)
	Mint(ctx context.Context, audience string, with ci.Means) (raw string, err error)
	MintCommand(audience string) string
}

// Options says whose tokens are for whom, and in what surroundings. Only Issuer and Audience are needed.
type Options struct {
	Issuer   Issuer
	Audience string                   // "npm:<registry host>"
	Minted   bool                     // no variable of the user's counts, as they are for the registry
	Env      func(name string) string // nil: os.Getenv
	Now      func() time.Time         // nil: time.Now
	// Run runs a program and returns its standard output. nil: by os/exec, for up to 30 seconds.
	Run ci.Run
	// Get reads an address. nil: by net/http, for up to 30 seconds.
	Get ci.Get
}

// Source gives ID tokens for one audience. It is safe for concurrent use; of callers that need a new token at once, one
// gets it for all.
type Source struct {
	issuer   Issuer
	facts    ci.Facts
	audience string
	minted   bool
	now      func() time.Time
	with     ci.Means
	turn     chan struct{} // holds one element while somebody reads or replaces held; a mutex would not end with a context
	held     *Token        // nil: none yet
	since    time.Time     // when held was got: what counts for a token without iat
}

// NewSource returns a Source that has not asked for anything yet.
func NewSource(o Options) *Source {
	s := &Source{issuer: o.Issuer, facts: o.Issuer.Facts(), audience: o.Audience, minted: o.Minted, now: o.Now, turn: make(chan struct{}, 1),
		with: ci.Means{Env: o.Env, Run: o.Run, Get: o.Get}}
	if s.with.Env == nil {
		s.with.Env = os.Getenv
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.with.Run == nil {
		s.with.Run = run
	}
	if s.with.Get == nil {
		s.with.Get = get
	}
	return s
}

// Available tells whether an ID token is to be expected here: in a job, or where a variable holds one. Where it is, no other
// credentials may take its place.
func (s *Source) Available() bool {
	return s.inJob() || s.with.Env(FromNPM) != "" || s.facts.Variable != "" && s.with.Env(s.facts.Variable) != ""
}

// Permitted tells whether the job may have an ID token. It may not where its definition does not ask for one, which jobs need not do that
// publish nothing.
func (s *Source) Permitted() bool {
	job, ok := s.issuer.Job(s.with.Env)
	return ok && !job.NoIDTokens || s.with.Env(FromNPM) != "" || s.facts.Variable != "" && s.with.Env(s.facts.Variable) != ""
}

func (s *Source) inJob() bool {
	_, ok := s.issuer.Job(s.with.Env)
	return ok
}

// Token returns an ID token for the audience, young enough to be exchanged at once: NPM_ID_TOKEN; else a new one; else that of
// the issuer's variable, such as CIRCLE_OIDC_TOKEN_V2, if its audience happens to fit. An NPM_ID_TOKEN that is for another
// audience is an error; one that is merely old is replaced where the job can get a new one.
func (s *Source) Token(ctx context.Context) (Token, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Token{}, fmt.Errorf("waiting for an ID token: %w", context.Cause(ctx))
	}
	if s.held != nil && s.young(s.held.Claims, renewAfter) && s.now().Sub(s.since) < renewAfter {
		return *s.held, nil
	}
	token, err := s.find(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("no ID token for %s: %w", s.audience, err)
	}
	s.held, s.since = &token, s.now()
	return token, nil
}

// find tries the places in their order. Each one's error says why it has no token.
func (s *Source) find(ctx context.Context) (Token, error) {
	if s.minted {
		return s.mint(ctx)
	}
	given, givenErr := s.given(FromNPM)
	if givenErr == nil && s.young(given.Claims, renewAfter) {
		return given, nil
	}
	if givenErr != nil && !errors.Is(givenErr, errUnset) && !errors.Is(givenErr, errOld) {
		return Token{}, givenErr
	}
	minted, mintErr := s.mint(ctx)
	if mintErr == nil {
		return minted, nil
	}
	if givenErr == nil { // past renewAfter, and still young enough
		return given, nil
	}
	if s.facts.Variable == "" {
		return Token{}, errors.Join(givenErr, mintErr)
	}
	fallback, fallbackErr := s.given(s.facts.Variable)
	if fallbackErr == nil {
		return fallback, nil
	}
	return Token{}, errors.Join(givenErr, mintErr, fallbackErr)
}

var (
	errUnset = errors.New("is not set")
	errOld   = errors.New("is too old")
)

// given returns the token that a variable holds.
func (s *Source) given(variable string) (Token, error) {
	raw := s.with.Env(variable)
	if raw == "" {
		return Token{}, fmt.Errorf("%s %w", variable, errUnset)
	}
	token, err := Decode(raw)
	if err != nil {
		return Token{}, fmt.Errorf("%s: %w", variable, err)
	}
	token.From = variable
	if err := s.checkAudience(token); err != nil {
		return Token{}, err
	}
	limit := AcceptedFor
	if s.facts.MintsOnce { // there is no other one, so the registry decides whether it still takes this one
		limit = math.MaxInt64
	}
	if !s.young(token.Claims, limit) {
		text := " %w: issued %s, expires %s, and npm takes ID tokens for about %s"
		if !s.facts.MintsOnce {
			text += "; set it just before the run"
		}
		return Token{}, s.unfit(token, text, errOld, clock(token.Claims.IssuedAt), clock(token.Claims.Expires), AcceptedFor)
	}
	return token, nil
}

// mint asks the issuer for a new token.
func (s *Source) mint(ctx context.Context) (Token, error) {
	if !s.inJob() {
		return Token{}, fmt.Errorf("%s works only in a %s job", s.facts.MintedBy, s.facts.Name)
	}
	raw, err := s.issuer.Mint(ctx, s.audience, s.with)
	if err != nil {
		return Token{}, &MintError{s.facts.MintedBy, err}
	}
	token, err := Decode(raw)
	if err != nil {
		return Token{}, &MintError{s.facts.MintedBy, err}
	}
	token.From = s.facts.MintedBy
	if err := s.checkAudience(token); err != nil {
		return Token{}, err
	}
	if s.facts.MintsOnce && !s.young(token.Claims, math.MaxInt64) {
		return Token{}, s.unfit(token, ": the ID token for %q %w: issued %s, expired %s; start the job again, which then gets a new one",
			s.audience, errOld, clock(token.Claims.IssuedAt), clock(token.Claims.Expires))
	}
	return token, nil
}

func (s *Source) checkAudience(t Token) error {
	if slices.Contains(t.Claims.Audience, s.audience) {
		return nil
	}
	who := "the registry"
	if s.minted {
		who = s.audience
	}
	return s.unfit(t, ": the ID token is for %.200q, and %s takes only those for %q: "+
		"get one by `%s`", t.Claims.Audience[:min(len(t.Claims.Audience), 5)], who, s.audience, s.issuer.MintCommand(s.audience))
}

func (s *Source) unfit(t Token, format string, args ...any) error {
	return &UnfitError{From: t.From, Claims: t.Claims, Audience: s.audience, err: fmt.Errorf(format, args...)}
}

// young tells whether a token has not expired and was issued less than limit ago. One without iat counts as new.
func (s *Source) young(c ci.Claims, limit time.Duration) bool {
	now := s.now()
	expired := !c.Expires.IsZero() && !now.Before(c.Expires)
	return !expired && (c.IssuedAt.IsZero() || now.Sub(c.IssuedAt) < limit)
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "at a time that it does not say"
	}
	return t.UTC().Format(time.RFC3339)
}

// run is Options.Run's default.
func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	const timeout, grace, maxOutput = 30 * time.Second, time.Second, 1 << 20 // bytes: a token has about a thousand
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...) // #nosec G204 -- the name and all arguments are a provider's own
	command.WaitDelay = grace
	output, err := child.Output(command, maxOutput)
	if err == nil {
		return output, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("%w: %s", err, firstLine(exit.Stderr))
	}
	return nil, err
}

// firstLine returns the first line of a program's complaint, unless it might hold a JWT: those start with "eyJ".
func firstLine(complaint []byte) string {
	const most = 200
	line, _, _ := strings.Cut(strings.TrimSpace(string(complaint)), "\n")
	if strings.Contains(line, "eyJ") {
		return "(its message is left out, as it may hold a token)"
	}
	return words.Cut(words.Plain(line), most)
}
