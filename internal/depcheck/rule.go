package depcheck

import (
	"fmt"
	"slices"
	"strings"
)

// A Rule forbids imports. Packages are named as in House; each stands for itself and all below it.
type Rule struct {
	From   []string // whose imports are ruled on; empty is every package
	Except []string // importers that are free of the rule
	Never  []string // what must not be imported
	But    []string // what may be imported all the same
	Why    string   // ends the sentence that a violation prints
}

// House returns the rules of this module. Its own packages are named by their folder, others by their import path.
func House() []Rule {
	const (
		goGitHub = "github.com/google/go-github"
		values   = "internal/npm/spec"
	)
	return []Rule{{
		From: []string{"desired"}, Never: []string{"observed", "reconcile"},
		Why: "what should be knows nothing of what is, nor of the difference",
	}, {
		From: []string{"observed"}, Never: []string{"desired", "reconcile"},
		Why: "what is knows nothing of what should be, nor of the difference",
	}, {
		From: []string{"reconcile"}, Never: []string{"net/http", "os", goGitHub, "internal/npm"}, But: []string{values},
		Why: "the difference reaches the outside world through its own narrow interfaces",
	}, {
		From: []string{values}, Never: []string{"os", "net", "io/fs", "io/ioutil"}, But: []string{"net/url", "net/netip"},
		Why: "the values that all share perform no I/O",
	}, {
		From: []string{"internal/compare"}, Never: []string{"net/http", "os", "internal/npm"}, But: []string{values},
		Why: "a comparison gets tarballs through its own narrow interface, wherever they are",
	}, {
		From: []string{"internal/notify"}, Never: []string{"desired", "observed", "reconcile"},
		Why: "what is told to a chat is worded by who knows what happened",
	}, {
		Never: []string{"cmd"},
		Why:   "the command line is wiring, not a library",
	}, {
		Except: []string{"cmd", "e2e", "internal/sandbox"}, Never: []string{"internal/sandbox"},
		Why: "the embedded world is for the command line and for tests",
	}, {
		Except: []string{"cmd", "e2e", "internal/fault"}, Never: []string{"internal/fault"},
		Why: "what breaks on purpose is for the command line and for tests",
	}, {
		Except: []string{"internal/github"}, Never: []string{goGitHub},
		Why: "internal/github alone speaks GitHub's API",
	}}
}

// A Violation is one import that a rule forbids.
type Violation struct {
	Import Import
	Rule   Rule
}

// String names the file, the import and the reason, on one line.
func (v Violation) String() string {
	return fmt.Sprintf("%s imports %q: %s", v.Import.File, v.Import.Path, v.Rule.Why)
}

// Check returns what the rules forbid among the imports, in the imports' order.
func Check(imports []Import, rules []Rule) []Violation {
	var found []Violation
	for _, i := range imports {
		for _, r := range rules {
			if r.forbids(i) {
				found = append(found, Violation{Import: i, Rule: r})
			}
		}
	}
	return found
}

func (r Rule) forbids(i Import) bool {
	ruled := len(r.From) == 0 || within(i.Package, r.From)
	return ruled && !within(i.Package, r.Except) && within(i.Path, r.Never) && !within(i.Path, r.But)
}

func within(path string, packages []string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}
