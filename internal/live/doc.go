// Package live shows a run while it goes on: at a terminal as lines that change in their place, in a log as plain lines, and
// for programs as JSON, an event a line.
//
// A Board holds what is known of each package, and is fed with the run's events; all else is made of it. Time comes from the
// caller, and so do the ticks at which is looked whether there is something new to show.
package live
