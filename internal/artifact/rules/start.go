package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// start warns of commands that do not start on a system where the package installs, or only by luck.
func start(s *subject) (found []finding) {
	systems := s.want.Platform.OS
	if len(systems) == 0 {
		systems = s.pkg.Platform.OS
	}
	onWindows := spec.Admits(systems, "win32")
	onUnix := len(systems) == 0 || !slices.Equal(systems, []string{"win32"})
	for _, f := range s.started() {
		switch {
		case f.Native != nil && f.Native.Format == "PE" && onWindows && !strings.HasSuffix(strings.ToLower(f.Path), ".exe"):
			found = append(found, warn("name it "+f.Path+".exe",
				"%s is a Windows executable without .exe: neither a command prompt nor Node's spawn finds it by that name", f.Path))
		case f.Native == nil && f.Text && onUnix && f.Size > 0:
			if problem, next := shebangProblem(f.Shebang); problem != "" {
				found = append(found, warn(next, "its command %s %s", f.Path, problem))
			}
		}
	}
	return found
}

// started are the files that the package's commands start, each once; of a platform without commands, its executables
// for Windows.
func (s *subject) started() (files []artifact.File) {
	if len(s.pkg.Bin) == 0 && s.want.Binary {
		return s.those(func(f artifact.File) bool {
			return f.Native != nil && f.Native.Format == "PE" && !slices.Contains([]string{".dll", ".node"}, strings.ToLower(path.Ext(f.Path)))
		})
	}
	seen := map[string]bool{}
	for _, command := range sortedKeys(s.pkg.Bin) {
		target := s.pkg.Bin[command]
		if f, ok := s.file(target); ok && !seen[target] {
			files = append(files, f)
		}
		seen[target] = true
	}
	return files
}

// shebangProblem is what keeps a script with this first line from starting on Unix; "" for a good one.
func shebangProblem(line string) (problem, next string) {
	const (
		longest = 127 // bytes that every Linux reads
		begin   = "begin it with #!/usr/bin/env node, or what runs it"
	)
	script, isCRLF := strings.CutSuffix(line, "\r")
	fields := strings.Fields(strings.TrimPrefix(script, "#!"))
	switch {
	case line == "" || len(fields) == 0:
		return "has no #! line, so that Unix takes it for a shell script", begin
	case len(script) > longest:
		return "has a #! line of more than 127 bytes, of which Linux before 5.1 reads no more", begin
	case isCRLF:
		return "has a #! line that ends as on Windows (CRLF), which Unix takes for part of the name: not every client mends that",
			"write it with line feeds alone"
	case fields[0] == "/usr/bin/env" && len(fields) > 2 && fields[1] != "-S" && !strings.HasPrefix(fields[1], "-S"):
		return "has the line " + script + ", of which Linux takes all behind env for one name", "write #!/usr/bin/env -S with arguments, or none"
	case !strings.HasPrefix(fields[0], "/usr/bin/") && !strings.HasPrefix(fields[0], "/bin/"):
		return "is run by " + fields[0] + ", which stands elsewhere on other machines", begin
	}
	return "", ""
}
