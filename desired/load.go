package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"

	"sigs.k8s.io/yaml"
)

// maxFileSize is the largest file that is read, in bytes. A state file has a few KiB, so a larger one is another file.
const maxFileSize = 1 << 20

// Load reads the state file at path. A file that is there but wrong gives an [*InvalidError].
func Load(path string) (*State, error) {
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no state file: %w; run this in the folder that holds it, or name it with --file", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the state file: %w", err)
	}
	return Parse(data, path)
}

// readFile reads at most one byte more than a state file may have.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	return data, errors.Join(err, file.Close())
}

// Sum returns the SHA-256, in hex, of a state file, without parsing it. It reads no more than the largest state file has.
func Sum(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no regular file", path)
	}
	data, err := readFile(path)
	if err == nil && len(data) > maxFileSize {
		err = fmt.Errorf("%s is larger than 1 MiB, which no state file is", path)
	}
	return sum(data), err
}

func sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Parse reads a state file's content: strictly, so that unknown and repeated fields are errors. Source names it in errors.
// The error is always an [*InvalidError].
func Parse(data []byte, source string) (*State, error) {
	invalid := func(err error) error {
		problem, ok := errors.AsType[misread](err)
		if !ok {
			problem = misread{Text: err.Error()}
		}
		return &InvalidError{Source: source, Problems: []Problem{Problem(problem)}}
	}
	if len(data) > maxFileSize {
		return nil, invalid(errors.New("is larger than 1 MiB; a state file has a few KiB: is this the right file?"))
	}
	tree, err := readTree(data)
	if err != nil {
		return nil, invalid(err)
	}
	places, odd := locate(data)
	clean, misshapen := prune(tree)
	problems := slices.Concat(odd, misshapen)

	state := &State{sum: sum(data), places: places}
	if err := decode(clean, state); err != nil {
		return nil, invalid(err)
	}
	problems = append(problems, uncovered(state.validate(), problems)...)
	if len(problems) > 0 {
		return nil, &InvalidError{Source: source, Problems: places.describe(problems)}
	}
	return state, nil
}

// readTree reads the file as one mapping.
func readTree(data []byte) (map[string]any, error) {
	converted, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, syntaxError(data, err)
	}
	if documents(data) > 1 {
		return nil, errors.New("holds more than one YAML document; a state file is one, without a second ---")
	}
	var tree any
	if err := json.Unmarshal(converted, &tree); err != nil {
		return nil, fmt.Errorf("is not YAML that can be read: %w", err)
	}
	switch tree := tree.(type) {
	case map[string]any:
		return tree, nil
	case nil:
		return nil, fmt.Errorf("is empty; begin with \"apiVersion: %s\"", APIVersion)
	default:
		return nil, fmt.Errorf("holds %s; a state file is a mapping that begins with \"apiVersion: %s\"",
			kindOf(tree), APIVersion)
	}
}

// decode fills state from what is left of the file without its problems. So the remaining checks run in any case, and all problems are
// reported at once.
func decode(clean any, state *State) error {
	rest, err := json.Marshal(clean)
	if err != nil {
		return err
	}
	return json.Unmarshal(rest, state)
}

// prune removes from tree what does not fit into a State, and returns the problems.
func prune(tree map[string]any) (clean any, problems problemList) {
	var shape shape
	clean = shape.prune(nil, tree, reflect.TypeFor[State]())
	return clean, shape.problems
}
