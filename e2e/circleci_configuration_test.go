package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// configuration is one of CircleCI's, as far as its own references go, which CircleCI's schema does not follow.
type configuration struct {
	Version    float64 `json:"version"`
	Parameters map[string]parameter
	Orbs       map[string]any
	Commands   map[string]work
	Executors  map[string]any
	Jobs       map[string]work
	Workflows  map[string]workflow
}

type parameter struct {
	Type    string
	Default any
}

// work is a command or a job.
type work struct {
	Parameters  map[string]parameter
	Docker      []map[string]string
	Executor    any
	Environment map[string]any
	Parallelism any
	Steps       []any
}

type workflow struct {
	When any
	Jobs []call
}

// call is a job in a workflow.
type call struct {
	Job         string
	Name, Type  string
	Requires    []string
	Context     []string
	SerialGroup string `json:"serial-group"`
	Filters     struct{ Branches, Tags map[string]any }
	Matrix      struct {
		Alias      string
		Parameters map[string][]any
	}
	Arguments map[string]any `json:"-"` // all that stands there, the job's parameters among it
}

// UnmarshalJSON reads what stands under jobs: a name, or one with what is said of it.
func (c *call) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &c.Job) == nil {
		return nil
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	type plain call
	for name, said := range named {
		c.Job = name
		if err := json.Unmarshal(said, (*plain)(c)); err != nil {
			return fmt.Errorf("job %s: %w", name, err)
		}
		return json.Unmarshal(said, &c.Arguments)
	}
	return nil
}

func parseConfiguration(text []byte) (*configuration, error) {
	var c configuration
	return &c, yaml.Unmarshal(text, &c)
}

func orbFolders() []string { return []string{"commands", "executors", "jobs", "examples"} }

// packedOrb is packed as `circleci orb pack` does: a folder's files are its entries, by their names.
func packedOrb() (map[string]any, error) {
	orb := map[string]any{}
	text, err := os.ReadFile("../orb/src/@orb.yml")
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict(text, &orb); err != nil {
		return nil, err
	}
	for _, folder := range orbFolders() {
		entries := map[string]any{}
		files, err := filepath.Glob("../orb/src/" + folder + "/*.yml")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			var entry map[string]any
			if err := yaml.UnmarshalStrict(text, &entry); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			entries[strings.TrimSuffix(filepath.Base(file), ".yml")] = entry
		}
		orb[folder] = entries
	}
	return orb, nil
}

// orbExample is a configuration that uses the orb, with the orb's own commands and jobs in it.
func orbExample(name string) (*configuration, error) {
	orb, err := packedOrb()
	if err != nil {
		return nil, err
	}
	usage := asMap(asMap(asMap(orb["examples"])[name])["usage"])
	for _, kind := range []string{"commands", "jobs"} {
		all := maps.Clone(asMap(orb[kind]))
		maps.Copy(all, asMap(usage[kind]))
		usage[kind] = all
	}
	delete(usage, "orbs")
	text, err := yaml.Marshal(usage)
	if err != nil {
		return nil, err
	}
	return parseConfiguration(text)
}

// step is one of CircleCI's own.
type step struct {
	kind string
	said map[string]any
}

func (s step) text(key string) string {
	text, _ := s.said[key].(string)
	return text
}

// steps are those of a job that is called with these arguments, commands unfolded. An orb's name is a prefix of its commands.
func (c *configuration) steps(job string, arguments map[string]any) []step {
	return c.unfold(c.Jobs[path.Base(job)].with(arguments).Steps)
}

func (c *configuration) unfold(list []any) (found []step) {
	for _, item := range list {
		name, said := callOf(item)
		command, ok := c.Commands[path.Base(name)]
		switch {
		case ok:
			found = append(found, c.unfold(command.with(said).Steps)...)
		case name == "steps":
			found = append(found, c.unfold(said["steps"].([]any))...)
		default:
			found = append(found, step{name, said})
		}
	}
	return found
}

// callOf reads a step in each of the ways in which it can be written.
func callOf(item any) (name string, said map[string]any) {
	switch item := item.(type) {
	case string:
		return item, nil
	case map[string]any:
		for name, value := range item {
			switch value := value.(type) {
			case map[string]any:
				return name, value
			case []any:
				return name, map[string]any{"steps": value}
			default:
				return name, map[string]any{"command": value}
			}
		}
	}
	return "", nil
}

// with puts arguments, or else defaults, to where the parameters stand.
func (w work) with(given map[string]any) work {
	arguments := map[string]any{}
	for name, p := range w.Parameters {
		arguments[name] = cmp.Or[any](given[name], p.Default)
	}
	steps, _ := fill(w.Steps, arguments).([]any)
	environment, _ := fill(w.Environment, arguments).(map[string]any)
	return work{Steps: steps, Environment: environment, Parallelism: fill(w.Parallelism, arguments)}
}

func fill(v any, arguments map[string]any) any {
	switch v := v.(type) {
	case []any:
		filled := slices.Clone(v)
		for i := range filled {
			filled[i] = fill(filled[i], arguments)
		}
		return filled
	case map[string]any:
		filled := maps.Clone(v)
		for key := range filled {
			filled[key] = fill(filled[key], arguments)
		}
		return filled
	case string:
		for name, argument := range arguments {
			if reference := "<< parameters." + name + " >>"; v == reference {
				return argument
			} else if strings.Contains(v, reference) {
				v = strings.ReplaceAll(v, reference, fmt.Sprint(argument))
			}
		}
		return v
	}
	return v
}
