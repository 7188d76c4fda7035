package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// sentBy reads what the runs of these results have sent for approval, of the versions that are wanted now. A result that says nothing about
// any of them is most likely that of another run.
func sentBy(files []string, want reconcile.Desired) (map[spec.Name]reconcile.Sent, error) {
	wanted := map[spec.Name]spec.Version{}
	for _, r := range want.Releases {
		for _, p := range r.Packages {
			wanted[p.Name] = r.Version
		}
	}
	sent := map[spec.Name]reconcile.Sent{}
	var problems []error
	for _, file := range files {
		packages, err := sentIn(file)
		found := 0
		for _, p := range packages {
			if p.Sent == nil || p.Sent.Version != wanted[p.Name] {
				continue
			}
			if known, twice := sent[p.Name]; twice && known.Integrity != p.Sent.Integrity {
				err = fmt.Errorf("it says that other bytes of %s@%s were sent than another of the results: leave out that of the older run",
					p.Name, p.Sent.Version)
			}
			sent[p.Name] = *p.Sent
			found++
		}
		if err == nil && found == 0 {
			err = errors.New("it names nothing that was staged of the versions that are wanted now: name the result of the run that staged them")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("--against %s: %w", file, err))
		}
	}
	return sent, errors.Join(problems...)
}

// sentPackage is the part of a result that says what was sent of a package.
type sentPackage struct {
	Name spec.Name       `json:"name"`
	Sent *reconcile.Sent `json:"sent"`
}

// sentIn returns the packages of a result.
func sentIn(file string) (packages []sentPackage, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var result struct {
		APIVersion string      `json:"apiVersion"`
		Kind       report.Kind `json:"kind"`
		Groups     []struct {
			Packages []sentPackage `json:"packages"`
		} `json:"groups"`
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, fmt.Errorf("it is no result of apply (-o json, or --report json=FILE): %w", err)
	}
	if result.APIVersion != report.APIVersion || result.Kind != report.Result {
		return nil, fmt.Errorf("it is no result of apply (-o json, or --report json=FILE), but a %q", result.Kind)
	}
	for _, g := range result.Groups {
		packages = append(packages, g.Packages...)
	}
	return packages, nil
}
