package rules

// executables looks whether a platform's package holds one. A fallback that installs on every machine may be plain JavaScript.
func executables(s *subject) []finding {
	if started, others := s.natives(); !s.want.Binary || s.want.Platform.Anywhere() || len(started)+len(others) > 0 {
		return nil
	}
	return []finding{refuse("a platform's package brings one: build it",
		"it holds no native executable (ELF, Mach-O, PE, XCOFF or WebAssembly) among its files (%d)", len(s.files))}
}
