// Package checkout reads the git repository that a folder lies in, by git and from this machine alone: what a clone knows may
// lag behind what was pushed, and hold what never was.
package checkout
