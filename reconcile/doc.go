// Package reconcile holds the difference and the loop. Diff compares what should be with what is and returns a Plan;
// Run observes, diffs and acts, pass after pass, until nothing is left that the present actors can do.
//
// Diff is pure: no clock, no I/O, sorted output, a reason on everything. Ordering is no graph: a change that must wait is
// blocked in the plan, and a later pass finds it unblocked. A dry run is a Run that stops after Diff.
//
// The package speaks to the outside only through the narrow interfaces that it declares in actors.go. It must know nothing of HTTP,
// files, credentials or the words of reports. The commands call it; internal/actor and observed do its work; internal/report and
// internal/live show what it returns and tells.
//
// Start reading at change.go, condition.go and finding.go, which are the words, and at kind.go, which has a row for each kind of change.
// Then come the tables: above Diff (diff.go), above attempt (run_attempt.go) and above ending (run_result.go). Files that begin with
// diff_ belong to Diff, those with run_ to a run, those with audit_ to the nightly check.
package reconcile
