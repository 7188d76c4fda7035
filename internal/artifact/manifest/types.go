package manifest

import (
	"path"
	"strings"
)

// addTypes names the declarations that stand beside the main file, if they are packed: npm also names such as are not, which nobody
// finds.
func addTypes(m map[string]any, facts Facts) {
	_, hasTypes := m["types"]
	_, hasTypings := m["typings"]
	if hasTypes || hasTypings {
		return
	}
	main := text(m["main"])
	if main == "" {
		main = "index.js"
	}
	main = strings.TrimRight(main, "/")
	base := path.Base(main)
	if dot := strings.LastIndexByte(base, '.'); dot > 0 && base != ".." {
		base = base[:dot]
	}
	declarations := "./" + path.Join(path.Dir(main), base) + ".d.ts"
	if facts.has(path.Clean("/" + declarations)[1:]) {
		m["types"] = declarations
	}
}
