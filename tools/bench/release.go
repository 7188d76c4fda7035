package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// release is an entry with 12 platforms that are ready as .tgz.
type release struct {
	b    *bench
	file string // the state file
}

const (
	platforms = 12
	entryName = "@bench/cli"
)

// release makes artifacts whose tarballs have about so many bytes.
func (b *bench) release(dir string, size int) (release, error) {
	var targets []string
	optional := map[string]string{}
	if err := os.MkdirAll(filepath.Join(dir, "dist"), 0o750); err != nil {
		return release{}, err
	}
	for i := range platforms {
		target := fmt.Sprintf("linux-%s-%02d", machine(), i)
		name := entryName + "-" + target
		optional[name] = version
		targets = append(targets, fmt.Sprintf("{name: %s, os: linux, cpu: %s}", target, machine()))
		if err := writePlatform(filepath.Join(dir, "dist", target), name, size); err != nil {
			return release{}, err
		}
	}
	state := fmt.Sprintf(`apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
metadata: {name: bench}
spec:
  groups:
    - name: release
      tag: cli@{version}
      version: %s
      entry: {package: %q, artifact: entry}
      platforms:
        package: "%[2]s-{target}"
        artifact: dist/{target}.tgz
        targets: [%s]
`, version, entryName, strings.Join(targets, ", "))
	r := release{b: b, file: filepath.Join(dir, "state.yaml")}
	return r, errors.Join(os.WriteFile(r.file, []byte(state), 0o600), standin.Write(filepath.Join(dir, "entry"),
		standin.Package{Name: entryName, Version: version}, optional, ""))
}

// writePlatform packs an executable's header with bytes behind it that no compressor makes smaller.
func writePlatform(dir, name string, size int) error {
	want := standin.Package{Name: spec.Name(name), Version: version, Binary: true,
		Platform: spec.Platform{OS: []string{"linux"}, CPU: []string{machine()}}}
	if err := standin.Write(dir, want, nil, ""); err != nil {
		return err
	}
	binary := "bin/" + want.Name.Base()
	noise := make([]byte, size)
	_, _ = rand.Read(noise) // never fails, says its documentation
	file, err := os.OpenFile(filepath.Join(dir, binary), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err = file.Write(noise); err == nil {
		err = file.Close()
	}
	if err != nil {
		return err
	}
	packed, err := os.Create(dir + ".tgz")
	if err != nil {
		return err
	}
	return errors.Join(tarball(packed, os.DirFS(dir), "package.json", "README.md", binary), packed.Close())
}
