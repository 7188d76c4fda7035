package ci

import (
	"context"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Provider is everything about a CI system. A consumer that needs only a part declares an interface of that part.
type Provider interface {
	Facts() Facts

	// Job tells where this process runs by the variables of its environment; ok is false outside of a job of this system.
	Job(env func(name string) string) (job Job, ok bool)
	// Mint gets an ID token for an audience, a new one where the system makes new ones. It is called in a job only.
	Mint(ctx context.Context, audience string, with Means) (raw string, err error)
	// MintCommand is the command by which a human gets the same ID token.
	MintCommand(audience string) string

	// Compared returns the claims in the form in which they are compared with a trusted publisher: where that asks only for the name of a
	// file, references to files become names.
	Compared(have Claims, want spec.TrustedPublisher) Claims
	// Differences compares a job with what a trusted publisher asks for, sorted by claim. None means that the job does not explain a
	// refusal.
	Differences(have Claims, want spec.TrustedPublisher) []spec.ClaimDifference
	// Supersedes tells whether want, a trusted publisher of this system like have, replaces have.
	Supersedes(want, have spec.TrustedPublisher) bool
	// Repository is where the source of a trusted publisher's pipeline is, such as "github.com/owner/repo"; "" where it does not say.
	Repository(p spec.TrustedPublisher) string

	Explainer
	Form
	Finder
}

// Explainer says in words why an ID token does not fit.
type Explainer interface {
	// Describe names the job in a sentence: "the pipeline definition … of the project …".
	Describe(have Claims) string
	// Explain tells what one differing claim means; moved ends the sentence where the state file has to follow the job.
	Explain(claim string, have Claims, want spec.TrustedPublisher, moved string) Cause
	// Doubts are possible causes of a refusal of a job in which nothing differs that is asked for. Nobody knows them for certain.
	Doubts(have Claims, want spec.TrustedPublisher, moved string) []Cause
	// Bars are the claims by which npm refuses a job whatever else fits.
	Bars(have Claims) []Bar
	// OwnAudience explains an audience that is the system's default and that no registry accepts; "" for every other one.
	OwnAudience(have Claims, want spec.TrustedPublisher) string
	// SelfHosted returns a sign that the job runs on a self-hosted runner; "" where there is none, which proves nothing. The environment is
	// "name=value", and of a variable only the name is returned.
	SelfHosted(have Claims, environ []string) (sign string)
}

// Form is what humans and other programs enter of a trusted publisher.
type Form interface {
	// Fields returns the values that npm's page asks for, each with its label there.
	Fields(p spec.TrustedPublisher) [][2]string
	// Title distinguishes a trusted publisher from the others of one package, by the claims in which these usually differ.
	Title(p spec.TrustedPublisher) string
	// Start returns the command that starts the release pipeline of a tag. The error completes the sentence that there is no such command.
	Start(p spec.TrustedPublisher, tag string) (command string, err error)
}

// Facts never change for a provider.
type Facts struct {
	Type      string   // of its trusted publishers, by the trust API
	Name      string   // as its users write it
	Issuer    string   // the iss of its ID tokens, or what begins it
	Variable  string   // holds an ID token in every job, perhaps for another audience; "" where there is none
	MintedBy  string   // where a new ID token comes from
	MintNeeds string   // what a job needs to get one: "run it …"
	MintsOnce bool     // a job gets its ID tokens when it starts, and no newer ones later
	Parallel  string   // by what a job gets several nodes, each of which knows its number; "" where none does
	Elsewhere Cause    // of other servers' ID tokens, which look like these and are not taken; empty where there are none
	OwnRunner string   // what to do where only machines of the provider's are taken: "try the publishing job on …"
	RunnersOK string   // whose documentation says that other machines are taken, too, against npm's: "CircleCI's"; "": nobody's
	Runner    string   // the claim that tells whose machine it is; "" where none does
	Files     []string // that say what its pipelines do, as path.Match has patterns, from a project's root

	NoProvenance bool // npm takes none of its jobs
	ObeysLog     bool // what a job prints may be a command to its runner

	Order   []string            // the claims of a trusted publisher, the widest first
	Follows map[string][]string // claims that differ because a wider one does
	Cased   []string            // claims of which it is not known whether the registry minds upper and lower case
}

// Job is what this process runs in.
type Job struct {
	Tag, Commit   string // the git tag that it runs for, "" for none, and the commit
	Page          string // the address that shows it, or ""
	Index, Total  string // of the nodes that share the job's work, counted from 0; "" where it has one node
	TagVariable   string // the variable that holds Tag
	NodeVariables [2]string
	NoIDTokens    bool // it may have none, as its definition does not ask for them
}

// Means are what a provider gets ID tokens by.
type Means struct {
	Env func(name string) string
	Run Run
	Get Get
}

// Run runs a program and returns its standard output.
type Run func(ctx context.Context, name string, args ...string) ([]byte, error)

// Get reads an address, as the bearer of a secret that goes nowhere else. An answer that is no success is an error, which holds nothing of
// what was answered.
type Get func(ctx context.Context, address string, bearer spec.Secret) ([]byte, error)

// NoToken is the error of Mint where the job, as it is defined, cannot have an ID token.
type NoToken struct{ Cause }

func (e *NoToken) Error() string { return e.What + ": " + e.Next }

// Cause is why something may have been refused.
type Cause struct {
	What string
	Next string // what to do about it
}

// Bar is a claim that must have a certain value, whatever the trusted publisher asks for.
type Bar struct {
	Claim      string
	Have, Want string
	Untold     string // says that the ID token has no such claim; "" where it has
	Cause      *Cause // nil: it is as it has to be
}
