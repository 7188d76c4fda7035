// Package saved keeps a plan in a file until it has been approved: what was to be done, and what that rests on. Compare
// tells whether the same plan would be made today. What an earlier run of the plan has done is progress, so that a run
// which was killed is continued by running again; every other difference makes the plan stale.
package saved
