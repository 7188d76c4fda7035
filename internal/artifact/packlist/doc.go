// Package packlist lists what npm would pack of a directory: its regular files, by the rules of `files`, of .npmignore and .gitignore
// and of what npm always or never packs, in npm's order and with npm's modes.
//
// npm 11 and npm 12 read `files` differently. Both are known here, so that what they do not agree on can be told.
package packlist
