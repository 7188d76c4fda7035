package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// Version is one version of a package, as it was read.
type Version struct {
	Number    spec.Version
	Source    string
	Integrity spec.Integrity
	Packed    int64 // bytes
	artifact.Listing
}

func (v *Version) side() *Side {
	s := &Side{Version: v.Number, Source: v.Source, Integrity: v.Integrity, Packed: v.Packed, Files: len(v.Files)}
	for _, f := range v.Files {
		s.Unpacked += f.Size
	}
	return s
}

// Between compares two versions. Without from, everything in to is new.
func Between(from, to *Version) (Package, error) {
	p := Package{To: to.side()}
	if from == nil {
		from = &Version{}
	} else {
		p.From = from.side()
	}
	p.Files = files(from.Files, to.Files)
	var err error
	p.Fields, err = manifests(from, to)
	return p, err
}

func files(from, to []artifact.Listed) []File {
	before, after := byPath(from), byPath(to)
	changed := []File{}
	for _, path := range either(before, after) {
		was, wasThere := before[path]
		is, isThere := after[path]
		f := File{Path: path, From: stateOf(was), To: stateOf(is)}
		switch {
		case !wasThere:
			f.Change, f.From = Added, nil
		case !isThere:
			f.Change, f.To = Removed, nil
		case was.Sum == is.Sum && was.Mode == is.Mode:
			continue
		default:
			f.Change, f.SameBytes = Changed, was.Sum == is.Sum
		}
		changed = append(changed, f)
	}
	return changed
}

func byPath(files []artifact.Listed) map[string]artifact.Listed {
	paths := make(map[string]artifact.Listed, len(files))
	for _, f := range files {
		paths[f.Path] = f
	}
	return paths
}

func stateOf(f artifact.Listed) *FileState {
	return &FileState{Size: f.Size, Mode: fmt.Sprintf("%04o", f.Mode), Kind: kind(f.Native)}
}

// maxSystems is how many of an executable's systems are named.
const maxSystems = 3

// kind describes an executable in a few words: its format, where it runs, the C library that it needs.
func kind(n *native.Native) string {
	if n == nil {
		return ""
	}
	words, systems := []string{n.Format}, n.Systems
	if len(systems) > maxSystems { // it does not say which: a static ELF runs on every system of its format
		systems = nil
	}
	for _, part := range [][]string{systems, n.CPUs, n.Libcs} {
		if len(part) > 0 {
			words = append(words, strings.Join(part, "+"))
		}
	}
	if n.Cut != "" {
		words = append(words, "(cut off)")
	}
	return strings.Join(words, " ")
}

// maxDepth is how deep the fields of package.json are told apart; what is nested deeper is compared as a whole.
const maxDepth = 4

func manifests(from, to *Version) ([]Field, error) {
	before, err := document(from)
	if err != nil {
		return nil, err
	}
	after, err := document(to)
	if err != nil {
		return nil, err
	}
	changed := []Field{}
	fields(nil, before, after, func(f Field) {
		f.Follows = from.Number != "" && follows(f, from.Number.String(), to.Number.String())
		changed = append(changed, f)
	})
	return changed, nil
}

// follows tells whether a field changes from one version number to the other, alone or in an alias: "npm:tool@1.0.0-linux-x64".
func follows(f Field, from, to string) bool {
	before, _ := f.From.(string)
	after, _ := f.To.(string)
	if strings.HasPrefix(before, "npm:") {
		name, version := spec.Aliased("", before)
		rest, ok := strings.CutPrefix(version, from+"-")
		return ok && after == "npm:"+string(name)+"@"+to+"-"+rest
	}
	return before == from && after == to
}

// document reads a package.json without judging it: older versions may hold odd ones.
func document(v *Version) (map[string]any, error) {
	if v.Manifest == nil {
		return nil, nil
	}
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(packagejson.TrimBOM(v.Manifest)))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		return nil, fmt.Errorf("the package.json of version %s cannot be read: %w", v.Number, err)
	}
	return fields, nil
}

func fields(at []string, before, after map[string]any, tell func(Field)) {
	for _, name := range either(before, after) {
		was, wasThere := before[name]
		is, isThere := after[name]
		f := Field{Path: append(slices.Clone(at), name), Change: Changed, From: was, To: is}
		inner, wasObject := was.(map[string]any)
		outer, isObject := is.(map[string]any)
		switch {
		case reflect.DeepEqual(was, is) && wasThere == isThere:
			continue
		case (wasObject || !wasThere) && (isObject || !isThere) && len(f.Path) < maxDepth && len(inner)+len(outer) > 0:
			fields(f.Path, inner, outer, tell)
			continue
		case !wasThere:
			f.Change = Added
		case !isThere:
			f.Change = Removed
		}
		tell(f)
	}
}

// either returns the keys that one of both maps has, sorted.
func either[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
