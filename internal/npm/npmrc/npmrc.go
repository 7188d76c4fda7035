// Package npmrc finds what npm's own configuration says of registries and tokens: the npm_config_* variables, the project's
// .npmrc, the user's, and a global one where the environment names it, each beating those after it (npm's order, less its
// command line and built-in files; RegistryFromNPM asks npm itself).
//
// A token belongs to the host, and perhaps the path, that stands in its own key. None is ever found for another.
//
// internal/place calls it. It sends nothing, and changes no file. Start reading at [Load].
package npmrc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// maxFile is the size, in bytes, above which a file is no .npmrc.
const maxFile = 1 << 20

var (
	// ErrUnset is wrapped where a value that is asked for names an environment variable that is not set.
	ErrUnset = errors.New("environment variable not set")
	// ErrUnsupported is wrapped where a registry is given credentials other than a token.
	ErrUnsupported = errors.New("only _authToken is supported")
)

// Options says where to look.
type Options struct {
	Dir     string   // the project's root; "" for no project
	Home    string   // the user's home; "" for none
	Environ []string // "NAME=value", as os.Environ returns it
}

// Config is npm's configuration, as far as it concerns registries. It holds tokens, which fmt does not get at: the layers
// are pointers.
type Config struct{ layers []*layer }

// layer is one source of settings; earlier layers win.
type layer struct{ settings map[string]setting }

type setting struct {
	value string
	from  string   // "path:line", or an environment variable's name
	unset []string // variables that the value names and the environment lacks
}

// Load reads the configuration. A file that is not there is no error; all that cannot be read are reported at once,
// and left out of what is returned.
func Load(o Options) (*Config, error) {
	env := newEnvironment(o.Environ)
	config := &Config{layers: []*layer{env.layer()}}

	user := env.path("userconfig", o.Home)
	if user == "" && o.Home != "" {
		user = filepath.Join(o.Home, ".npmrc")
	}
	var files []string
	if o.Dir != "" {
		files = append(files, filepath.Join(o.Dir, ".npmrc"))
	}
	files = append(files, user, env.path("globalconfig", o.Home))

	var problems []error
	for i, file := range files {
		if file == "" || slices.Contains(files[:i], file) {
			continue
		}
		text, err := read(file)
		if err != nil {
			problems = append(problems, fmt.Errorf("reading npm's configuration: %w", err))
			continue
		}
		config.layers = append(config.layers, parse(file, text, env))
	}
	return config, errors.Join(problems...)
}

// read returns a file's text, "" where there is no such file.
func read(path string) (text string, err error) {
	file, err := os.Open(path) // #nosec G304 -- the user's own configuration
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxFile {
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return string(data), nil
}

// EnvironmentRegistry returns the registry that npm_config_registry names and the variable's name as it was spelled, or
// two empty strings.
func (c *Config) EnvironmentRegistry() (value, from string) {
	s := c.layers[0].settings["registry"]
	return s.value, s.from
}

// Registry returns the registry for a scope ("@scope", or "" for none) and where that is said; two empty strings where
// nothing says so. A scope's own registry beats the general one, wherever either stands.
func (c *Config) Registry(scope string) (value, from string, err error) {
	keys := []string{"registry"}
	if scope != "" {
		keys = []string{scope + ":registry", "registry"}
	}
	for _, key := range keys {
		if s, found := c.lookup(key); found && s.value != "" {
			return s.value, s.from, s.check(key)
		}
	}
	return "", "", nil
}

// lookup returns the setting of the first layer that has the key. An empty one counts, so that a project can hide the user's token.
func (c *Config) lookup(key string) (setting, bool) {
	for _, l := range c.layers {
		if s, found := l.settings[key]; found {
			return s, true
		}
	}
	return setting{}, false
}

// check fails when the value names an environment variable that is not set.
func (s setting) check(key string) error {
	if len(s.unset) == 0 {
		return nil
	}
	names := words.OneLine(words.Masked(strings.Join(s.unset, ", "), '?')) // whoever writes a project's .npmrc chooses them
	return fmt.Errorf("%s: %s needs %s: %w; set it, or take the line out", s.from, key, names, ErrUnset)
}
