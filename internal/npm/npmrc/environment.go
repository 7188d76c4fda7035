package npmrc

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// environment is a process's variables by name.
type environment map[string]string

func newEnvironment(environ []string) environment {
	env := environment{}
	for _, variable := range environ {
		if name, value, ok := strings.Cut(variable, "="); ok {
			env[name] = value
		}
	}
	return env
}

// layer returns the settings that npm takes from variables: npm_config_<key> in any case, '-' written as '_'; keys that
// start with "//" as they are.
func (env environment) layer() *layer {
	const prefix = "npm_config_"
	names := make([]string, 0, len(env))
	for name, value := range env {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) && value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names) // of two spellings the lower-case one comes last and wins

	l := &layer{settings: map[string]setting{}}
	for _, name := range names {
		key := name[len(prefix):]
		if !strings.HasPrefix(key, "//") {
			key = strings.ToLower(key[:1] + strings.ReplaceAll(key[1:], "_", "-"))
		}
		value, unset := env.expand(env[name])
		l.settings[key] = setting{value: value, from: name, unset: unset}
	}
	return l
}

// path returns the file that a setting in the environment names, or "".
func (env environment) path(key, home string) string {
	file := env.layer().settings[key].value
	if rest, ok := strings.CutPrefix(file, "~/"); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return file
}

// expand puts variables in the place of ${NAME}, and nothing in that of ${NAME?} where NAME is not set. A missing ${NAME}
// stays and is returned by name. Backslashes before it quote it, as in npm: an odd number keeps it as text, and half of them go.
func (env environment) expand(s string) (expanded string, unset []string) {
	reference := regexp.MustCompile(`(\\*)\$\{([^${}?]+)(\??)\}`)
	expanded = reference.ReplaceAllStringFunc(s, func(match string) string {
		parts := reference.FindStringSubmatch(match)
		slashes, name, optional := len(parts[1]), parts[2], parts[3] != ""
		if slashes%2 == 1 {
			return match[(slashes+1)/2:]
		}
		value, found := env[name]
		if !found && !optional {
			unset = append(unset, name)
			value = "${" + name + "}"
		}
		return parts[1][slashes/2:] + value
	})
	return expanded, unset
}
