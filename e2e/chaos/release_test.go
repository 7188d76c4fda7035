package chaos_test

import "strings"

// versionOf is the version that a tag asks for.
func versionOf(tag string) string { return tag[strings.LastIndexAny(tag, "v@")+1:] }

// whole tells whether a tag is of an entry with its platforms, or else of a library.
func whole(tag string) bool { return strings.HasPrefix(tag, "v") }

// packagesOf are those that a tag's release publishes.
func (s schedule) packagesOf(tag string) []string {
	if whole(tag) {
		if s.lockstep {
			return s.packages()
		}
		return append(s.platforms(), s.entries()...)
	}
	return []string{tag[:strings.LastIndex(tag, "@")]}
}
