// Package checkout asks git about the repository in which a folder is. It reads this machine alone, so it never waits for a network. A
// clone may lack what was pushed since, and may hold what was never pushed.
//
// Package cmd and internal/place use a [Checkout]: for HEAD, for a first state file, and for tags where GitHub cannot be asked.
package checkout
