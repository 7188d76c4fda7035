package artifact

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Want is what the state file says of a package. Zero fields are not checked.
type Want struct {
	Name     spec.Name
	Version  spec.Version
	Platform spec.Platform // compared list by list, as sets
	// Binary says that it is a platform's package: it must hold a native executable, and whatever it holds of them must
	// run on Platform.
	Binary bool
	// OptionalDependencies and PlatformPattern are those of PackOptions: Check reports what Pack would refuse.
	OptionalDependencies map[string]string
	PlatformPattern      func(name string) bool
}

// Check reports every way in which the artifact is not what is wanted, or cannot be published.
func (a *Artifact) Check(ctx context.Context, want Want) error {
	problems := a.refusals()
	if want.Name != "" && a.Name() != want.Name {
		problems = append(problems, a.wrong("it is %s where %s is wanted; "+
			"correct the artifact path in the state file, or the build", a.Name(), want.Name))
	}
	if want.Version != "" && a.Version() != want.Version {
		problems = append(problems, a.wrong("it has version %s where %s is to be released; "+
			"build it again from the release's tag", a.Version(), want.Version))
	}
	if a.pkg.private {
		problems = append(problems, a.wrong(`its package.json says "private": true; remove that to publish it`))
	}
	have := a.Platform()
	for _, list := range []struct {
		field      string
		have, want []string
	}{
		{"os", have.OS, want.Platform.OS}, {"cpu", have.CPU, want.Platform.CPU}, {"libc", have.Libc, want.Platform.Libc},
	} {
		if len(list.want) > 0 && !spec.SameSet(list.have, list.want) {
			problems = append(problems, a.wrong("its %s is %s where %s is wanted; correct its package.json or the state file",
				list.field, listed(list.have), listed(list.want)))
		}
	}
	for _, command := range sortedKeys(a.pkg.bin) {
		if target := a.pkg.bin[command]; !a.has(target) {
			problems = append(problems, a.wrong("its command %s is %s, which is not among its files; build it", command, target))
		}
	}
	if _, err := a.mergeOptional(want.OptionalDependencies, want.PlatformPattern); err != nil {
		problems = append(problems, err)
	}
	if want.Binary {
		problems = append(problems, a.checkNatives(ctx, want)...)
	}
	return errors.Join(problems...)
}

func (a *Artifact) checkNatives(ctx context.Context, want Want) []error {
	natives, err := a.inspectNatives(ctx)
	if err != nil {
		return []error{a.wrong("reading its executables: %w", err)}
	}
	if len(natives) == 0 {
		return []error{a.wrong("it holds no native executable (ELF, Mach-O, PE or WebAssembly) among its files (%d); "+
			"a platform's package brings one: build it", len(a.files))}
	}
	var problems []error
	for _, n := range natives {
		for _, problem := range n.misfits(want) {
			problems = append(problems, a.wrong("%s %s", n.file.path, problem))
		}
	}
	return problems
}

// misfits says why n does not run where the package installs.
func (n native) misfits(want Want) []string {
	var problems []string
	for _, system := range want.Platform.OS {
		if n.systems != nil && judged(system) && !slices.Contains(n.systems, system) {
			problems = append(problems, fmt.Sprintf("runs on %s (%s), in a package for %s; put the right build there",
				strings.Join(n.systems, ", "), n.format, system))
		}
	}
	for _, cpu := range want.Platform.CPU {
		if n.cpus != nil && !slices.Contains(n.cpus, cpu) {
			problems = append(problems, fmt.Sprintf("is built for %s, in a package for %s; put the right build there",
				strings.Join(n.cpus, ", "), cpu))
		}
	}
	if n.libc != "" && slices.Contains(want.Platform.OS, "linux") {
		if libcs := want.libcs(); !slices.Contains(libcs, n.libc) {
			problems = append(problems, fmt.Sprintf("needs %s, in a package for %s; put the right build there, "+
				"or give the package's libc in the state file", n.libc, strings.Join(libcs, ", ")))
		}
	}
	if n.started && n.file.mode&0o111 == 0 && !slices.Contains(want.Platform.OS, "win32") {
		problems = append(problems,
			fmt.Sprintf("is an executable whose mode is %04o; chmod +x it, or name it in bin", n.file.mode))
	}
	return problems
}

// judged tells whether the system's executables are in a format that is read here: AIX has its own.
func judged(system string) bool {
	return system == "darwin" || system == "win32" || slices.Contains(elfSystems(elf.ELFOSABI_NONE), system)
}

// libcs are those of the package: as wanted, else by its name.
func (w Want) libcs() []string {
	switch {
	case len(w.Platform.Libc) > 0:
		return w.Platform.Libc
	case strings.Contains(w.Name.Base(), "musl"):
		return []string{"musl"}
	}
	return []string{"glibc"}
}

// inspectNatives returns the executables and shared objects among the files.
func (a *Artifact) inspectNatives(ctx context.Context) (natives []native, err error) {
	if a.packed {
		return a.natives, nil
	}
	root, err := os.OpenRoot(a.path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, f := range a.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		opened, err := root.Open(filepath.FromSlash(f.path))
		if err != nil {
			return nil, err
		}
		found, err := inspect(opened)
		if err = errors.Join(err, opened.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if found != nil {
			found.file = f
			natives = append(natives, *found)
		}
	}
	return natives, nil
}

func listed(values []string) string {
	if len(values) == 0 {
		return "not given"
	}
	return "[" + strings.Join(values, ", ") + "]"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
