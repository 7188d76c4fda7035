package rules

// commands looks for the files that the package's commands start.
func commands(s *subject) []finding {
	var found []finding
	for _, command := range sortedKeys(s.pkg.Bin) {
		if target := s.pkg.Bin[command]; !s.Has(target) {
			found = append(found, refuse("build it", "its command %s is %s, which is not among its files", command, target))
		}
	}
	return found
}
