// Package live shows a run while it goes on: at a terminal as lines that change in their place, in a log as plain lines, and
// for programs as JSON, an event a line.
//
// A Board holds what is known of each package. The run's events keep it up to date, and everything that is shown is made from it. Time
// comes from the caller, and so do the ticks at which the display is renewed: so tests need no sleeps.
//
// The package changes nothing in a run and never makes it wait: it knows the events and plans of package reconcile, no registry and no
// state file. cmd/facets-reconcile chooses a viewer (Terminal, Log or Events) and calls Watch. Start reading with watch.go and row.go.
package live
