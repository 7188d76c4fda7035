package rules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// Want is what the state file says of a package. Zero fields are not checked.
type Want struct {
	Name     spec.Name
	Version  spec.Version
	Home     spec.Home     // by which its version is compared with others
	Platform spec.Platform // compared list by list, as sets
	// What of package.json's publishConfig may not be otherwise: the access that the state file says, the release's dist-tag, the
	// URL of the registry in use, and that provenance is required.
	Access   spec.Access
	DistTag  spec.DistTag
	Address  string
	Attested bool
	// Binary says that it is a platform's package: it must hold a native executable, and what of it is started must run on
	// Platform.
	Binary bool
	// OptionalDependencies, Dependencies and PlatformPattern are those of artifact.PackOptions: what Pack would refuse is a problem.
	OptionalDependencies map[string]string
	Dependencies         map[string]string
	PlatformPattern      func(name, wanted string) bool
	// Direct says that it is published at once, and by a token that the registry gives for an ID token.
	Direct bool
	Allow  Allow // files that may leave all the same
	// Members are the platforms of an entry's release, Entry is the package.json of a platform's entry; nil: that is not known.
	Members []Member
	Entry   *packagejson.Package
	// Served is what the dist-tag's version has now; nil: that is not known.
	Served *spec.Manifest
	// Integrity is that of the artifact of a platform, where one can be told before it is packed; nil: it is not compared.
	Integrity func(platform spec.Name) (integrity spec.Integrity, known bool)
	Registry  string    // host and port of the registry that it is published to; "": not compared
	Source    string    // the repository that its provenance states, as a URL; "": it gets none
	Now       time.Time // by which lines of Node are past their support; zero: none is
}

// Problem is what a rule says against an artifact.
type Problem struct {
	Rule    string // its name in docs/artifacts.md
	Refused bool   // it holds back the release; else it is a warning
	Message string // what is wrong, about "it" or a file of it
	Next    string // what a person does about it
}

// String writes what is wrong and what to do about it.
func (p Problem) String() string { return p.Message + "; " + p.Next }

// subject is what the rules judge.
type subject struct {
	*artifact.Artifact
	pkg   *packagejson.Package
	files []artifact.File
	want  Want
	paths map[string]int // of files, to their places; nil until it is asked for
}

// rule is one rule: the name that docs/artifacts.md has it by, and its judgment.
type rule struct {
	name  string
	judge func(*subject) []finding
}

// finding is a Problem of the rule that returns it.
type finding struct {
	refused       bool
	message, next string
}

func refuse(next, format string, args ...any) finding {
	return finding{refused: true, message: fmt.Sprintf(format, args...), next: next}
}

func warn(next, format string, args ...any) finding {
	return finding{message: fmt.Sprintf(format, args...), next: next}
}

// all lists the rules in the order in which their problems are told.
func all() []rule {
	return []rule{
		{"manifest", publishable},
		{"packable", packable},
		{"protocols", protocols},
		{"links", links},
		{"name", name},
		{"version", version},
		{"private", private},
		{"publishConfig", publishConfig},
		{"repository", repository},
		{"deprecated", deprecated},
		{"platform", platform},
		{"commands", commands},
		{"platforms", platforms},
		{"executables", executables},
		{"system", system},
		{"processor", processor},
		{"libc", libc},
		{"coverage", coverage},
		{"beside", beside},
		{"whole", whole},
		{"signature", signature},
		{"interpreter", interpreter},
		{"mode", mode},
		{"empty", empty},
		{"secrets", secrets},
		{"history", history},
		{"dual-use", dualUse},
		{"sources", sources},
		{"leftovers", leftovers},
		{"portable", portable},
		{"dropped", dropped},
		{"allowances", allowances},
		{"engines", engines},
		{"targets", targets},
		{"kept", kept},
		{"main", mainFiles},
		{"exports", exports},
		{"shrinkwrap", shrinkwraps},
		{"nested", nested},
		{"start", start},
	}
}

// Check returns every problem of the artifact, refusals first. Its error says that the artifact could not be read.
func Check(ctx context.Context, a *artifact.Artifact, want Want) ([]Problem, error) {
	files, err := a.Contents(ctx)
	if err != nil {
		return nil, fmt.Errorf("artifact %s of %s: reading its files: %w", a.Path(), a.Name(), err)
	}
	s := &subject{Artifact: a, pkg: a.Package(), files: files, want: want}
	var refusals, warnings []Problem
	for _, r := range all() {
		for _, f := range r.judge(s) {
			if p := (Problem{Rule: r.name, Refused: f.refused, Message: f.message, Next: f.next}); p.Refused {
				refusals = append(refusals, p)
			} else {
				warnings = append(warnings, p)
			}
		}
	}
	return append(refusals, warnings...), nil
}

// those are the files that are so.
func (s *subject) those(are func(artifact.File) bool) []artifact.File {
	return slices.DeleteFunc(slices.Clone(s.files), func(f artifact.File) bool { return !are(f) })
}

// file returns the file at a path of the package.
func (s *subject) file(path string) (artifact.File, bool) {
	if s.paths == nil {
		s.paths = make(map[string]int, len(s.files))
		for i, f := range s.files {
			s.paths[f.Path] = i
		}
	}
	i, ok := s.paths[path]
	if !ok {
		return artifact.File{}, false
	}
	return s.files[i], true
}

func (s *subject) has(path string) bool {
	_, ok := s.file(path)
	return ok
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
