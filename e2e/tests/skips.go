package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// skip is a test that was not run.
type skip struct {
	test, reason string
}

// optIn are the reasons for which a test may be skipped in CI, too: what would have to be asked for, or cannot be installed there without
// being root.
func optIn() []string {
	return []string{
		"FACETS_E2E_REGISTRY=1 runs this",     // reads the real registry
		"only for measure",                    // no test, but the other half of one
		"no Chromium here",                    // the HTML report in a browser, and the pictures
		"tmux is not here",                    // the pictures
		"xmllint is not installed",            // JUnit against its schema
		"root reads everything",               // asks for a user who is not root
		"to change the root is not permitted", // asks for root, or for user namespaces
	}
}

// list shows skips for people, those of one reason together.
func list(skips []skip) string {
	if len(skips) == 0 {
		return "No test was skipped.\n"
	}
	slices.SortStableFunc(skips, func(a, b skip) int { return strings.Compare(a.reason, b.reason) })
	var b strings.Builder
	fmt.Fprintf(&b, "Skipped: %d\n", len(skips))
	for i, s := range skips {
		if i == 0 || skips[i-1].reason != s.reason {
			fmt.Fprintf(&b, "  %s\n", s.reason)
		}
		fmt.Fprintf(&b, "    %s\n", s.test)
	}
	return b.String()
}

// forbid fails for skips whose reason is not on the list.
func forbid(skips []skip) error {
	var all []error
	for _, s := range skips {
		if !slices.ContainsFunc(optIn(), func(reason string) bool { return strings.Contains(s.reason, reason) }) {
			all = append(all, fmt.Errorf("%s was skipped in CI: %s", s.test, s.reason))
		}
	}
	return errors.Join(all...)
}

// event is one of those that go test -json prints.
type event struct {
	Action, Package, Test, Output, ImportPath string
}

// follow prints the output of packages and of tests that failed, and returns which were skipped. Where a process dies, by a panic or at
// its deadline, its tests have no end of their own: what they said is printed with the failure of their package.
func follow(events io.Reader, out io.Writer) ([]skip, error) {
	var skips []skip
	said := map[string]string{} // by test that has not ended
	for decoder := json.NewDecoder(events); ; {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return skips, nil
		} else if err != nil {
			return skips, fmt.Errorf("go test -json: %w", err)
		}
		test := e.Package + " " + e.Test
		switch {
		case e.Action == "build-output", e.Action == "output" && e.Test == "" && strings.TrimSpace(e.Output) != "PASS":
			_, _ = io.WriteString(out, e.Output)
		case e.Action == "output":
			said[test] += e.Output
		case e.Action == "skip" && e.Test != "":
			skips = append(skips, skip{test, reasonOf(said[test])})
		case e.Action == "fail" && e.Test == "":
			for _, unended := range slices.Sorted(maps.Keys(said)) {
				if strings.HasPrefix(unended, test) {
					_, _ = io.WriteString(out, said[unended])
					delete(said, unended)
				}
			}
		case e.Action == "fail":
			_, _ = io.WriteString(out, said[test])
		}
		if e.Action == "pass" || e.Action == "skip" || e.Action == "fail" {
			delete(said, test)
		}
	}
}

// reasonOf takes the reason out of "    file_test.go:12: reason".
func reasonOf(said string) string {
	for line := range strings.Lines(said) {
		place, reason, found := strings.Cut(strings.TrimSpace(line), ": ")
		if found && strings.Contains(place, "_test.go:") {
			return strings.TrimSpace(reason)
		}
	}
	return "no reason is given"
}

// skippedSpecs reads ginkgo's JSON report. Specs that are left out by a filter are none of these.
func skippedSpecs(report io.Reader) ([]skip, error) {
	var suites []struct {
		SpecReports []struct {
			State, LeafNodeText     string
			ContainerHierarchyTexts []string
			Failure                 struct{ Message string }
		}
	}
	if err := json.NewDecoder(report).Decode(&suites); err != nil {
		return nil, fmt.Errorf("ginkgo's report: %w", err)
	}
	var skips []skip
	for _, suite := range suites {
		for _, s := range suite.SpecReports {
			if s.State == "skipped" || s.State == "pending" {
				name := strings.Join(append(s.ContainerHierarchyTexts, s.LeafNodeText), " ")
				skips = append(skips, skip{"e2e " + name, s.Failure.Message})
			}
		}
	}
	return skips, nil
}
