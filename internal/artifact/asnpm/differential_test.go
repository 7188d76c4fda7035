package asnpm_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packlist"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// What is packed otherwise than npm does, on purpose. docs/artifacts.md tells the same.
//
//   - A command is executable, wherever it stands, and nothing else is: npm forgets commands that are in folders, and takes a file for
//     one whose path less its first folder is a command's.
//   - Files that are one on disk are packed whole: npm writes hard links, which it leaves out when it installs, or does not get to the
//     end of its work ("Exit handler never called").
//   - Names that are not unpacked everywhere as what they are, and patterns that npm itself takes for something that nobody means,
//     are refused.
//   - Names beyond ASCII are ordered by their code points: npm's order depends on how the Node that runs it was built.
//
// entry is a file in a tarball.
type entry struct {
	path     string
	mode     int64
	contents string
}

// TestPacksAsNpmPacks packs random directories with the real npm 11 and npm 12, many in one process, and expects the same files, in the
// same order, with the same modes and bytes. FACETS_DIFFERENTIAL_DIRECTORIES says how many directories.
func TestPacksAsNpmPacks(t *testing.T) {
	g := NewWithT(t)
	g.Expect(clients.Install(t.Context())).To(Succeed())
	count, from, seed := 120, 0, drawnSeed()
	if given, err := strconv.Atoi(os.Getenv("FACETS_DIFFERENTIAL_DIRECTORIES")); err == nil {
		count = given
	}
	if given, err := strconv.Atoi(os.Getenv("FACETS_DIFFERENTIAL_FIRST")); err == nil {
		from = given
	}
	world := t.TempDir()
	var names []string
	for i := range count {
		name := fmt.Sprintf("drawn-%d", from+i)
		names = append(names, name)
		drawing{Rand: rand.New(rand.NewPCG(seed, uint64(from+i))), dir: filepath.Join(world, name)}.fill(name)
	}
	for _, client := range []string{clients.NPM11, clients.NPM12} {
		t.Run(client, func(t *testing.T) {
			npm := realNPM(t, client)
			var taken []string
			ours := map[string][]entry{}
			for _, name := range names {
				entries, err := packedByUs(t.Context(), filepath.Join(world, name), npm.rules)
				if err != nil {
					if text := strings.ReplaceAll(err.Error(), "\n", " "); words.Plain(text) != text {
						t.Errorf("it would reach the terminal as it is: %q", err)
					}
					continue
				}
				taken, ours[name] = append(taken, name), entries
			}
			NewWithT(t).Expect(len(taken)).To(BeNumerically(">=", count*8/10), "not refused")
			different := 0
			for name, theirs := range npm.packAll(t, world, taken) {
				if difference := compare(theirs, ours[name], filepath.Join(world, name)); difference != "" {
					if different++; different <= 5 {
						t.Errorf("%s\n%s\nagain: FACETS_DIFFERENTIAL_DIRECTORIES=1 FACETS_DIFFERENTIAL_FIRST=%s FACETS_DIFFERENTIAL_SEED=%d go test -run %s ./internal/artifact/asnpm",
							difference, described(filepath.Join(world, name)), strings.TrimPrefix(name, "drawn-"), seed, "TestPacksAsNpmPacks")
					}
				}
			}
			t.Logf("%d directories drawn, %d refused, %d different from %s", count, count-len(taken), different, client)
		})
	}
}

// TestKnownDirectoriesAsNpmPacks packs those whose file lists have surprised somebody.
func TestKnownDirectoriesAsNpmPacks(t *testing.T) {
	g := NewWithT(t)
	g.Expect(clients.Install(t.Context())).To(Succeed())
	world := t.TempDir()
	names := map[string]bool{}
	for _, files := range trickyDirectories() {
		dir := packagetest.Directory(t, files)
		raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
		g.Expect(err).NotTo(HaveOccurred())
		pkg, err := packagejson.Parse(raw)
		g.Expect(err).NotTo(HaveOccurred())
		name := strings.ReplaceAll(strings.TrimPrefix(pkg.Name.String(), "@"), "/", "-")
		g.Expect(os.Rename(dir, filepath.Join(world, name))).To(Succeed())
		names[name] = true
	}
	for _, client := range []string{clients.NPM11, clients.NPM12} {
		t.Run(client, func(t *testing.T) {
			g := NewWithT(t)
			npm := realNPM(t, client)
			theirs := npm.packAll(t, world, slices.Sorted(maps.Keys(names)))
			for name := range names {
				ours, err := packedByUs(t.Context(), filepath.Join(world, name), npm.rules)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(theirs).To(HaveKey(name))
				if difference := compare(theirs[name], ours, filepath.Join(world, name)); difference != "" {
					t.Errorf("%s: %s\n%s", name, difference, described(filepath.Join(world, name)))
				}
			}
		})
	}
}

// drawnSeed is where chance begins: somewhere else each time, unless FACETS_DIFFERENTIAL_SEED says where.
func drawnSeed() uint64 {
	if given, err := strconv.ParseUint(os.Getenv("FACETS_DIFFERENTIAL_SEED"), 10, 64); err == nil {
		return given
	}
	return 1 // the same on every push; others are tried by hand
}

// packedByUs is what is packed of a directory by the rules of one client.
func packedByUs(ctx context.Context, dir string, rules packlist.Client) (entries []entry, err error) {
	if rules == packlist.NPM12 { // which is what is sent
		a, err := artifact.Open(ctx, dir)
		if err != nil {
			return nil, err
		}
		packed, err := a.Pack(ctx, artifact.PackOptions{Dir: filepath.Dir(dir), Compression: artifact.Fast})
		if err != nil {
			return nil, err
		}
		stream, err := packed.Open(ctx)
		if err == nil {
			entries, err = unpacked(stream)
		}
		return entries, errors.Join(err, stream.Close(), packed.Close())
	}
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	pkg, err := packagejson.Parse(raw)
	if err != nil {
		return nil, err
	}
	files, err := packlist.List(ctx, dir, pkg, packlist.Options{Client: rules})
	for _, f := range files {
		contents, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{f.Path, f.Mode, string(contents)})
	}
	return entries, err
}

// unpacked reads a tarball. A hard link is taken for the file that it leads to.
func unpacked(stream io.Reader) (entries []entry, err error) {
	unzipped, err := gzip.NewReader(stream)
	if err != nil {
		return nil, err
	}
	contents := map[string]string{}
	for r := tar.NewReader(unzipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		contents[header.Name] = string(data)
		if header.Typeflag == tar.TypeLink {
			contents[header.Name] = contents[header.Linkname]
		}
		entries = append(entries, entry{strings.TrimPrefix(header.Name, "package/"), header.Mode, contents[header.Name]})
	}
}

// compare says what differs but what is meant to; "" where nothing does.
func compare(theirs, ours []entry, dir string) string {
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return err.Error()
	}
	theirs = slices.Clone(theirs)
	for i, e := range theirs {
		theirs[i].mode = meant(e, dir, raw)
	}
	beyond := func(e entry) bool { return strings.ContainsFunc(e.path, func(r rune) bool { return r > 0x7f }) }
	if slices.ContainsFunc(ours, beyond) {
		byPath := func(a, b entry) int { return strings.Compare(a.path, b.path) }
		slices.SortFunc(theirs, byPath)
		ours = slices.SortedFunc(slices.Values(ours), byPath)
	}
	if slices.Equal(theirs, ours) {
		return ""
	}
	lines := func(entries []entry) (text string) {
		for _, e := range entries {
			text += fmt.Sprintf("  %04o %q %d bytes\n", e.mode, e.path, len(e.contents))
		}
		return text
	}
	return fmt.Sprintf("npm packs\n%swe pack\n%s", lines(theirs), lines(ours))
}

// meant is the mode of a file that npm packed: commands are executable, and files that npm takes for some are as they are on disk.
func meant(e entry, dir string, raw []byte) int64 {
	pkg, err := packagejson.Parse(raw)
	if err != nil {
		return e.mode
	}
	bins := slices.Collect(maps.Values(pkg.Bin))
	var document struct{ Directories struct{ Bin string } }
	_ = json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &document)
	if below := filepath.Clean(document.Directories.Bin); document.Directories.Bin != "" && pkg.Document["bin"] == nil {
		var found []string
		_ = filepath.WalkDir(filepath.Join(dir, below), func(path string, _ fs.DirEntry, _ error) error {
			if relative, _ := filepath.Rel(filepath.Join(dir, below), path); relative != "." && !strings.Contains("/"+relative, "/.") {
				found = append(found, relative)
			}
			return nil
		})
		for _, file := range packagejson.BinFolder(found) {
			bins = append(bins, below+"/"+file)
		}
	}
	_, less, _ := strings.Cut(e.path, "/")
	switch {
	case slices.Contains(bins, e.path):
		return e.mode | 0o111
	case slices.Contains(bins, less):
		if info, err := os.Stat(filepath.Join(dir, e.path)); err == nil {
			return e.mode&^0o111 | int64(info.Mode().Perm()&0o111)
		}
	}
	return e.mode
}

// described shows a directory to whoever looks into a difference.
func described(dir string) string {
	var text strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, _ := filepath.Rel(dir, path)
		_, _ = fmt.Fprintf(&text, "  %s %q", d.Type(), relative)
		if name := d.Name(); name == "package.json" || strings.HasSuffix(name, "ignore") {
			contents, _ := os.ReadFile(path)
			_, _ = fmt.Fprintf(&text, " holds %q", contents)
		}
		text.WriteByte('\n')
		return nil
	})
	return text.String()
}

// realNPM is a pinned client with a home of its own.
type packer struct {
	clients.Client
	rules packlist.Client
	home  string
}

func realNPM(t *testing.T, name string) packer {
	t.Helper()
	client, err := clients.NPM(t.Context(), name)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	rules := packlist.NPM12
	if name == clients.NPM11 {
		rules = packlist.NPM11
	}
	return packer{Client: client, rules: rules, home: t.TempDir()}
}

// packAll packs folders of world. Where npm gives up, each is packed by itself, and those that it refuses are a difference.
func (p packer) packAll(t *testing.T, world string, names []string) map[string][]entry {
	t.Helper()
	packed := map[string][]entry{}
	var plain []string
	for _, name := range names {
		if !hasHardLinks(filepath.Join(world, name)) {
			plain = append(plain, name)
			continue
		}
		if entries, output, err := p.pack(t.Context(), world, t.TempDir(), []string{name}); err == nil {
			packed[name] = entries[name]
		} else if code := strings.Contains(output, "npm error code"); code && !strings.Contains(output, "ENPMEXTENSION") { // else it did not end
			t.Errorf("npm refuses %s: %s", name, output)
		}
	}
	p.packPlain(t, world, plain, packed)
	return packed
}

func (p packer) packPlain(t *testing.T, world string, names []string, packed map[string][]entry) {
	t.Helper()
	for batch := range slices.Chunk(names, 100) {
		entries, output, err := p.pack(t.Context(), world, t.TempDir(), batch)
		switch {
		case err == nil:
			maps.Copy(packed, entries)
		case len(batch) == 1 && strings.Contains(output, "ENPMEXTENSION"): // it would run the file, which has nothing to run
		case len(batch) == 1:
			t.Errorf("npm refuses %s: %s\n%s", batch[0], output, described(filepath.Join(world, batch[0])))
		default:
			p.packPlain(t, world, batch[:len(batch)/2], packed)
			p.packPlain(t, world, batch[len(batch)/2:], packed)
		}
	}
}

func hasHardLinks(dir string) bool {
	var files []fs.FileInfo
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			info, _ := d.Info()
			files = append(files, info)
		}
		return err
	})
	for i, file := range files {
		if slices.ContainsFunc(files[:i], func(other fs.FileInfo) bool { return os.SameFile(file, other) }) {
			return true
		}
	}
	return false
}

// pack packs folders of world in one process.
func (p packer) pack(ctx context.Context, world, to string, names []string) (packed map[string][]entry, output string, err error) {
	args := []string{"pack", "--ignore-scripts", "--offline", "--loglevel=error", "--pack-destination", to}
	for _, name := range names {
		args = append(args, "./"+name)
	}
	if output, err := p.run(ctx, world, args...); err != nil {
		return nil, output, err
	}
	packed = map[string][]entry{}
	for _, name := range names {
		f, err := os.Open(filepath.Join(to, name+"-1.0.0.tgz"))
		if err != nil {
			return nil, "", err
		}
		packed[name], err = unpacked(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, "", err
		}
	}
	return packed, "", nil
}

// run runs npm in a folder.
func (p packer) run(ctx context.Context, dir string, args ...string) (string, error) {
	command := p.Command(ctx, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "HOME="+p.home, "XDG_CONFIG_HOME="+p.home, "npm_config_cache="+filepath.Join(p.home, "cache"),
		"npm_config_userconfig="+filepath.Join(p.home, "npmrc"), "npm_config_update_notifier=false")
	output, err := command.CombinedOutput()
	return string(output), err
}
