package rules

// name compares the name with the state file's.
func name(s *subject) []finding {
	if s.want.Name == "" || s.Name() == s.want.Name {
		return nil
	}
	return []finding{refuse("correct the artifact path in the state file, or the build",
		"it is %s where %s is wanted", s.Name(), s.want.Name)}
}

// version compares the version with the release's.
func version(s *subject) []finding {
	if s.want.Version == "" || s.Version() == s.want.Version {
		return nil
	}
	return []finding{refuse("build it again from the release's tag",
		"it has version %s where %s is to be released", s.Version(), s.want.Version)}
}

// private refuses what its package.json keeps from being published.
func private(s *subject) []finding {
	if !s.pkg.Private {
		return nil
	}
	return []finding{refuse("remove that to publish it", `its package.json says "private": true`)}
}
