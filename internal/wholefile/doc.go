// Package wholefile puts a file in its place whole, or not at all, so that nobody ever reads half of a report, a saved plan or a record
// of the sandbox. Whoever writes such a file calls [Write].
package wholefile
