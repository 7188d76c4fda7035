package manifest

// renameBundles brings the other spelling of bundleDependencies to this one.
func renameBundles(m map[string]any) {
	if bundled, ok := m["bundledDependencies"]; ok {
		if _, has := m["bundleDependencies"]; !has {
			m["bundleDependencies"] = bundled
		}
		delete(m, "bundledDependencies")
	}
}

// mendBundles makes bundleDependencies a list. Of false, the first of npm's two readings makes an empty list, the last nothing.
func mendBundles(m map[string]any, last bool) {
	switch value := m["bundleDependencies"].(type) {
	case bool:
		dependencies, _ := m["dependencies"].(map[string]any) // of nothing else are there names to list
		switch {
		case value:
			m["bundleDependencies"] = keys(dependencies)
		case last:
			delete(m, "bundleDependencies")
		default:
			m["bundleDependencies"] = []any{}
		}
	case map[string]any:
		m["bundleDependencies"] = keys(value)
	case []any:
	default:
		delete(m, "bundleDependencies")
	}
}

// listBundled makes a dependency of each package that is bundled.
func listBundled(m map[string]any) {
	bundled, isList := m["bundleDependencies"].([]any)
	if !isList {
		return
	}
	bundled = onlyTexts(bundled)
	m["bundleDependencies"] = bundled
	if len(bundled) == 0 {
		return
	}
	dependencies, _ := m["dependencies"].(map[string]any) // mendDependencies left nothing else
	if dependencies == nil {
		dependencies = map[string]any{}
		m["dependencies"] = dependencies
	}
	for _, name := range bundled {
		if _, has := dependencies[text(name)]; !has {
			dependencies[text(name)] = "*"
		}
	}
}
