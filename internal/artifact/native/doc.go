// Package native reads the headers of executables and shared objects, and tells where they run: on which system, which processors and, on
// Linux, with which C library. It knows headers, not packages: whether a file fits its package is decided by package rules. Package
// artifact calls Inspect, where reading starts, for each file.
package native
