// Package reconcile holds the difference and the loop. Diff compares what should be with what is and returns a Plan. Run observes,
// diffs and acts, pass after pass, until nothing is left that the present actors can do. cmd/facets-reconcile calls Survey (for plan),
// Run (apply, wait) and Drift; internal/saved, internal/report and internal/live read what they return.
//
// Diff is pure: no clock, no I/O, sorted output, a reason on everything. So one comparison serves plan, apply and drift, and its tests
// need no registry. There is no graph of dependencies: a change that must wait is blocked in the plan, and a later pass, which reads
// the registry anew, finds it unblocked. So a run that was killed is continued by running again.
//
// The package knows neither HTTP nor files nor npm's client. It reaches the outside only through the interfaces in actors.go, which
// internal/actor fulfils.
//
// Start reading with change.go, condition.go and finding.go, which are the vocabulary, and kind.go, which has a row for each kind of
// change. Then come the tables: above Diff (diff.go), above attempt (run_attempt.go) and above ending (run_result.go). Files that begin
// with diff_ belong to Diff, those with run_ to a run, those with audit_ to the nightly check.
package reconcile
