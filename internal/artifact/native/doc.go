// Package native reads of executables and shared objects where they run: the system, the processors and, on Linux, the C
// library. Inspect is the way in. It knows headers, not packages: whether a file fits its package is for package rules.
package native
