package chaos_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// records is what a registry holds, by package.
type records map[string]record

type record struct {
	Versions map[string]held
	Tags     map[string][]string // where each dist-tag pointed, oldest first
	Access   string              // "": public
	Tokens   string              // "": not set
	Staged   map[string]staged   // by version
}

// held is one version.
type held struct {
	Accepted, Served time.Time
	Integrity        string
	Manifest         struct {
		Deprecated string
		User       struct {
			TrustedPublisher struct {
				ID string `json:"oidcConfigId"`
			}
		} `json:"_npmUser"`
	}
}

// staged is a version that waits for approval.
type staged struct {
	ID      string
	Blocked bool // its scan has refused it
}

// has tells whether a version is served at a time.
func (r records) has(name, version string, at time.Time) bool {
	v, ok := r[name].Versions[version]
	return ok && !at.Before(v.Served)
}

// latest is where the dist-tag points, served or not.
func (r record) latest() string {
	history := r.Tags["latest"]
	if len(history) == 0 {
		return ""
	}
	return history[len(history)-1]
}

// readRecords reads a sandbox's files.
func readRecords(dir string, names []string) (records, error) {
	all := records{}
	for _, name := range names {
		var one record
		data, err := os.ReadFile(recordFile(dir, name))
		if err := errors.Join(err, json.Unmarshal(data, &one)); err != nil {
			return nil, err
		}
		all[name] = one
	}
	return all, nil
}

func escaped(name string) string { return strings.ReplaceAll(name, "/", "%2f") }

func recordFile(dir, name string) string {
	return filepath.Join(dir, "packages", escaped(name)+".json")
}

// rewrite changes a package's record. Nobody else may change the sandbox meanwhile.
func rewrite(dir, name string, change func(document map[string]any) error) error {
	var document map[string]any
	data, err := os.ReadFile(recordFile(dir, name))
	if err := errors.Join(err, json.Unmarshal(data, &document)); err != nil {
		return err
	}
	if err := change(document); err != nil {
		return err
	}
	if data, err = json.Marshal(document); err != nil {
		return err
	}
	return os.WriteFile(recordFile(dir, name), data, 0o600)
}

// lift ends the scan of all versions of a package.
func lift(dir, name string, now time.Time) error {
	return rewrite(dir, name, func(document map[string]any) error {
		versions, _ := document["versions"].(map[string]any)
		for _, one := range versions {
			version, _ := one.(map[string]any)
			text, _ := version["served"].(string)
			served, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return err
			}
			if served.After(now) {
				version["served"] = now.Format(time.RFC3339Nano)
			}
		}
		return nil
	})
}

// copyTarball makes the tarball of a package's placeholder that of another version.
func copyTarball(dir, name, version string) error {
	folder := filepath.Join(dir, "tarballs", escaped(name))
	data, err := os.ReadFile(filepath.Join(folder, takenBack+".tgz"))
	return errors.Join(err, os.WriteFile(filepath.Join(folder, version+".tgz"), data, 0o600))
}

// replaceFolder makes a folder a copy of another one's files, with nothing besides.
func replaceFolder(to, from string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}
