package desired

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Warnings returns what a valid state file may mean, and is probably a slip, each with its path: values of os, cpu and libc that no machine
// has, and platforms that every machine gets and not every one takes. They are no errors, as packages have them.
func (s *State) Warnings() (warnings []string) {
	for i, group := range s.Spec.Groups {
		group.Platforms.each(field.NewPath("spec", "groups").Index(i), func(at *field.Path, p Platforms) {
			for j, target := range p.Targets {
				for _, odd := range target.oddities() {
					warnings = append(warnings, fmt.Sprintf("%s.%s", at.Child("targets").Index(j), odd))
				}
				platform, _ := target.platform()
				if cmp.Or(target.ListedUnder, p.ListedUnder) == UnderDependencies && !platform.Anywhere() {
					warnings = append(warnings, fmt.Sprintf("%s: what stands under dependencies comes to every machine, and this is for %s: "+
						"npm refuses to install the entry on others", at.Child("targets").Index(j), platform))
				}
			}
		})
	}
	return warnings
}

// oddities are the target's values that no machine has, each with its field.
func (t Target) oddities() (odd []string) {
	for _, list := range []struct {
		field         string
		values, known []string
		meant         func(string) string
	}{
		{"os", t.OS, spec.Systems(), osOf}, {"cpu", t.CPU, spec.Processors(), cpuOf},
		{"libc", t.Libc, spec.Libcs(), func(string) string { return "" }},
	} {
		for _, value := range list.values {
			plain := strings.TrimPrefix(value, "!")
			if value == "any" || slices.Contains(list.known, plain) {
				continue
			}
			hint := "npm knows " + strings.Join(list.known, ", ")
			if word := list.meant(plain); word != "" {
				hint = "npm's word for it is " + word
			}
			odd = append(odd, fmt.Sprintf("%s: no machine has %s: %s", list.field, value, hint))
		}
	}
	return odd
}
