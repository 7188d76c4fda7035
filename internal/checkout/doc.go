// Package checkout asks git about the repository that a folder lies in. It reads from this machine alone, so that it never waits for a
// network; a clone may lag behind what was pushed, and hold what never was.
//
// Package cmd and internal/place use a [Checkout]: for HEAD, for a first state file, and for tags where GitHub cannot be asked.
package checkout
