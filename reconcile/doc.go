// Package reconcile holds the difference and the loop. Diff compares what should be with what is and returns a Plan;
// Run observes, diffs and acts, pass after pass, until nothing is left that the present actors can do.
//
// Diff is pure: no clock, no I/O, sorted output, a reason on everything. Ordering is no graph: a change that must wait is
// blocked in the plan, and a later pass finds it unblocked. A dry run is a Run that stops after Diff.
//
// The package speaks to the outside only through the narrow interfaces that it declares.
package reconcile
