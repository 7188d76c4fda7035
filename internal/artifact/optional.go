package artifact

import (
	"fmt"
	"maps"
	"strings"
)

// Mismatch says how an artifact's optional dependencies differ from the wanted ones.
type Mismatch struct{ Message, Next string }

func (m *Mismatch) Error() string { return m.Message + "; " + m.Next }

// PlatformMismatch returns why Pack would refuse the artifact with these optional dependencies, and these among its dependencies; nil where
// it would not. within tells which names are platforms (nil: all are); other optional dependencies do not count.
func (a *Artifact) PlatformMismatch(wanted, hard map[string]string, within func(name, wanted string) bool) *Mismatch {
	_, mismatch := a.mergeOptional(wanted, hard, within)
	return mismatch
}

// mergeOptional brings the wanted optional dependencies together with those of the artifact: nil where package.json stays as it
// is, else all that have to stand in it. An artifact that has others than the wanted ones does not match, nor does a .tgz without
// them.
func (a *Artifact) mergeOptional(wanted, hard map[string]string, within func(name, wanted string) bool) (map[string]string, *Mismatch) {
	if len(wanted)+len(hard) == 0 {
		return nil, nil
	}
	var problems []string
	present := 0
	for _, name := range sortedKeys(a.pkg.OptionalDependencies) {
		_, isWanted := wanted[name]
		if _, isHard := hard[name]; isHard {
			problems = append(problems, name+" stands in optionalDependencies, and its place is in dependencies")
			continue
		}
		if !isWanted && within != nil && !within(name, a.pkg.OptionalDependencies[name]) {
			continue
		}
		present++
		if have := a.pkg.OptionalDependencies[name]; !isWanted {
			problems = append(problems, fmt.Sprintf("%s@%s is not wanted", name, have))
		} else if have != wanted[name] {
			problems = append(problems, fmt.Sprintf("%s is at %q, not %q", name, have, wanted[name]))
		}
	}
	for _, name := range sortedKeys(wanted) {
		if _, has := a.pkg.OptionalDependencies[name]; !has && present > 0 {
			problems = append(problems, fmt.Sprintf("%s@%s is missing", name, wanted[name]))
		}
	}
	problems = append(problems, a.hardDependencies(wanted, hard)...)
	switch {
	case len(problems) > 0:
		return nil, &Mismatch{"its dependencies are not the release's platforms: " + strings.Join(problems, "; "),
			"let the build write exactly these, or leave them out"}
	case present > 0 || len(wanted) == 0:
		return nil, nil
	case a.packed:
		return nil, &Mismatch{fmt.Sprintf("its optionalDependencies lack the release's %d platforms, and a .tgz is published as it is",
			len(wanted)), "write them to package.json before packing, or name the directory"}
	}
	merged := maps.Clone(a.pkg.OptionalDependencies)
	maps.Copy(merged, wanted)
	return merged, nil
}

// hardDependencies returns platforms that stand among `dependencies` where every installation would need them, on any machine, and those
// that lack there.
func (a *Artifact) hardDependencies(wanted, hard map[string]string) []string {
	var problems []string
	dependencies, _ := a.pkg.Document["dependencies"].(map[string]any) // npm drops what is no object
	for _, name := range sortedKeys(dependencies) {
		if _, isPlatform := wanted[name]; isPlatform {
			problems = append(problems, fmt.Sprintf("%s stands in dependencies, where it fails to install on other machines", name))
		}
	}
	for _, name := range sortedKeys(hard) {
		if have, _ := dependencies[name].(string); have != hard[name] {
			problems = append(problems, fmt.Sprintf("dependencies must hold %s at %q", name, hard[name]))
		}
	}
	return problems
}
