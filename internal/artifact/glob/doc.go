// Package glob understands patterns as npm's minimatch does, in ignore files, in `files` and in `workspaces`: braces with options and
// sequences, '*', '?', '[…]' with POSIX classes, '**', and groups such as @(a|b) and !(a|b).
//
// It is as lenient as npm: a class that can match nothing makes a pattern that matches nothing, and what is not closed stands for
// itself. The few patterns that npm reads in a way that nobody means are refused, with what to write instead. A library would not do:
// none in Go matches as minimatch does, and a wrong match publishes wrong files. Tests ask minimatch itself.
//
// Patterns may be hostile. So their cost is bounded: in time by the product of the lengths of the pattern and the path.
//
// The package reads no files. packlist calls it for the files of a directory, and for `workspaces`. Start reading with New and Match in
// glob.go.
package glob
