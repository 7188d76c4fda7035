// Package glob understands patterns as npm's minimatch does, in ignore files, in `files` and in `workspaces`: braces with options and
// sequences, '*', '?', '[…]' with POSIX classes, '**', and groups such as @(a|b) and !(a|b).
//
// It is as lenient as npm: a class that can match nothing makes a pattern that matches nothing, and what is not closed stands for
// itself. The few patterns that npm reads in a way that nobody means are refused, with what to write instead.
//
// Patterns are hostile: what one may cost is bounded, in time by the product of its length and that of the path.
package glob
