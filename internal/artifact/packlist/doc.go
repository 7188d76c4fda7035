// Package packlist lists the files of a directory that npm would pack, in npm's order and with npm's modes. They follow from `files`, from
// .npmignore and .gitignore, and from what npm always or never packs.
//
// npm 11 and npm 12 read `files` differently. Both ways are here, so that a package on which they do not agree can be reported.
//
// The package reads names, ignore files and package.json, never the contents of other files. Package artifact calls List, where reading
// starts.
package packlist
