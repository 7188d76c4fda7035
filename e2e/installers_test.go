package e2e_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// installers are the clients that users install packages with.
func installers() []string { return []string{clients.NPM11, clients.NPM12, "pnpm", "bun"} }

// add lets a client install packages into a new place, and returns that and what the client has done.
func (r registry) add(client string, arguments ...string) (*place, outcome) {
	GinkgoHelper()
	ctx := GinkgoT().Context()
	var command []string
	var err error
	switch client {
	case "pnpm":
		command = []string{"", "add", "--config.minimumReleaseAge=0"}
		command[0], err = clients.PNPM(ctx)
	case "bun":
		command = []string{"", "add"}
		command[0], err = clients.Bun(ctx)
	default:
		var npm clients.Client
		npm, err = clients.NPM(ctx, client)
		command = []string{npm.Node, npm.Script, "install", "--audit=false", "--fund=false", "--update-notifier=false"}
	}
	if errors.Is(err, errors.ErrUnsupported) {
		Skip(err.Error())
	}
	Expect(err).NotTo(HaveOccurred())
	user := newPlace()
	user.write("package.json", `{"name": "user", "version": "1.0.0"}`)
	command = append(append(command, "--registry="+string(r)+"/"), arguments...)
	return user, finish(user.start(command[0], command[1:]...))
}

// installed are the packages below node_modules, each as its own package.json says, whichever client has put them there.
func (p *place) installed() (found []string) {
	GinkgoHelper()
	Expect(filepath.WalkDir(p.path("node_modules"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "package.json" && entry.Type().IsRegular() {
			found = append(found, readInstalled(path).String())
		}
		return err
	})).To(Succeed())
	return found
}

// arrived are the packages that one which is installed asks for, and that Node finds from there: name@version, or
// name@npm:other@version of one that stands under an alias.
func (p *place) arrived(at string) (found []string) {
	GinkgoHelper()
	folder, err := filepath.EvalSymlinks(p.path("node_modules", at))
	Expect(err).NotTo(HaveOccurred())
	pkg := readInstalled(filepath.Join(folder, "package.json"))
	for _, asked := range []map[string]string{pkg.Dependencies, pkg.OptionalDependencies} {
		for name := range asked {
			path := p.resolve(folder, name)
			if path == "" {
				continue
			}
			is := readInstalled(path)
			if is.Name != name {
				name += "@npm:" + is.Name
			}
			found = append(found, name+"@"+is.Version)
		}
	}
	slices.Sort(found)
	return slices.Compact(found) // npm's clients write what is optional into both lists
}

// resolve returns the package.json of the package that Node finds by a name from a folder of the place; "": none.
func (p *place) resolve(folder, name string) string {
	root, err := filepath.EvalSymlinks(p.dir)
	Expect(err).NotTo(HaveOccurred())
	for strings.HasPrefix(folder, root) {
		if path := filepath.Join(folder, "node_modules", name, "package.json"); exists(path) {
			return path
		}
		folder = filepath.Dir(folder)
	}
	return ""
}

// installedPackage is the package.json of an installed package.
type installedPackage struct {
	Name, Version                      string
	Dependencies, OptionalDependencies map[string]string
}

func (i installedPackage) String() string { return i.Name + "@" + i.Version }

func readInstalled(path string) (pkg installedPackage) {
	GinkgoHelper()
	data, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	Expect(json.Unmarshal(data, &pkg)).To(Succeed(), path)
	return pkg
}
