package rules

// platforms compares an entry's optional dependencies with the release's platforms.
func platforms(s *subject) []finding {
	mismatch := s.PlatformMismatch(s.want.OptionalDependencies, s.want.Dependencies, s.want.PlatformPattern)
	if mismatch == nil {
		return nil
	}
	return []finding{{refused: true, message: mismatch.Message, next: mismatch.Next}}
}
