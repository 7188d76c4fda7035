// Package saved keeps a plan in a file until it has been approved: what was to be done, and the readings that this rests on. Compare
// tells whether the same plan would be made today. What an earlier run of the plan has done is progress, so that a run
// which was killed is continued by running again; every other difference makes the plan stale.
//
// The package reads no registry and acts on nothing. cmd/facets-reconcile calls New and Write for plan --out, and Read and Compare for
// apply FILE. Start reading with plan.go, which is the file's form; then compare.go (releases) and compare_package.go (what counts as
// progress).
package saved
