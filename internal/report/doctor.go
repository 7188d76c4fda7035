package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Doctor is the kind of document that the command doctor writes.
const Doctor Kind = "Doctor"

// DoctorDocument is a diagnosis with what is needed to read it elsewhere.
type DoctorDocument struct {
	APIVersion string           `json:"apiVersion"`
	Kind       Kind             `json:"kind"`
	Registry   string           `json:"registry"` // base URL
	ExitCode   int              `json:"exitCode"`
	Identity   doctor.Identity  `json:"identity"`
	Checks     []doctor.Check   `json:"checks"`
	Packages   []doctor.Package `json:"packages"`
}

// NewDoctor returns the document of a diagnosis.
func NewDoctor(d doctor.Diagnosis, registry string) DoctorDocument {
	return DoctorDocument{
		APIVersion: APIVersion, Kind: Doctor, Registry: registry, ExitCode: d.ExitCode(),
		Identity: d.Identity, Checks: d.Checks, Packages: d.Packages,
	}
}

// Write writes the document to w. Colour is for terminals.
func (d DoctorDocument) Write(w io.Writer, f Format, colour bool) error {
	return write(w, f, colours(colour), d)
}

// encode writes a document for programs.
func encode(w io.Writer, f Format, document any) error {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return err
	}
	text := escaped(b.String(), f)
	if f == JSON {
		_, err := io.WriteString(w, text)
		return err
	}
	data, err := yaml.JSONToYAML([]byte(text))
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, words.Masked(string(data), unicode.ReplacementChar)) // YAML has no escapes outside of quotes
	return err
}

// table writes who would publish, the ID token claim by claim, and the packages. Those of which the same is said are together.
func (d DoctorDocument) table(b *strings.Builder, c colours) {
	fmt.Fprintln(b, c.bold("Who"))
	fmt.Fprintf(b, "  %s %s\n", mark(d.Identity.Status, c), indented(words.Plain(d.Identity.Message)))
	causes(b, d.Identity.Causes)
	if len(d.Checks) > 0 {
		fmt.Fprintf(b, "\n%s\n", c.bold("ID token"))
		width := 0
		for _, check := range d.Checks {
			width = max(width, len(check.Name))
		}
		for _, check := range d.Checks {
			fmt.Fprintf(b, "  %s %-*s  %s\n", mark(check.Status, c), width, check.Name, words.Plain(comparison(check)))
			messageAndNext(b, "      ", check.Message, check.Next)
		}
	}
	if len(d.Packages) > 0 {
		fmt.Fprintf(b, "\n%s\n", c.bold("Packages"))
	}
	for _, group := range d.alike() {
		fmt.Fprintf(b, "  %s %s: %s\n", mark(group[0].Status, c), who(group, nameOf), indented(words.Plain(group[0].Message)))
		causes(b, group[0].Causes)
	}
	fmt.Fprintf(b, "\n%s\n", d.footer())
}

func mark(s doctor.Status, c colours) string {
	switch s {
	case doctor.OK:
		return c.green("✓")
	case doctor.Wrong:
		return c.red("✗")
	}
	return c.yellow("?")
}

func comparison(c doctor.Check) string {
	if c.Status == doctor.OK {
		return c.Have
	}
	return c.Have + "  (wanted: " + c.Want + ")"
}

func messageAndNext(b *strings.Builder, indent, message, next string) {
	if message != "" {
		fmt.Fprintf(b, "%s%s\n", indent, words.Plain(message))
	}
	if next != "" {
		fmt.Fprintf(b, "%s→ %s\n", indent, words.Plain(next))
	}
}

// causes writes the causes, the most likely first. If there are several, they are numbered.
func causes(b *strings.Builder, all []doctor.Cause) {
	for i, cause := range all {
		if len(all) > 1 {
			cause.What = fmt.Sprintf("%d. %s", i+1, cause.What)
		}
		messageAndNext(b, "      ", cause.What, cause.Next)
	}
}

// alike groups the packages of which the same is said. The groups are in the order of their first packages.
func (d DoctorDocument) alike() [][]doctor.Package {
	return grouped(d.Packages, func(p doctor.Package) string { return fmt.Sprintf("%q", []any{p.Status, p.Message, p.Causes}) })
}

func nameOf(p doctor.Package) spec.Name { return p.Name }

func (d DoctorDocument) footer() string {
	var parts []string
	tell := func(total int, noun string, status func(int) doctor.Status) {
		count := map[doctor.Status]int{}
		for i := range total {
			count[status(i)]++
		}
		if n := count[doctor.Wrong]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d %s wrong", n, total, noun))
		}
		if n := count[doctor.Unknown]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d %s not to be told", n, total, noun))
		}
	}
	tell(len(d.Checks), "claims", func(i int) doctor.Status { return d.Checks[i].Status })
	tell(len(d.Packages), "packages", func(i int) doctor.Status { return d.Packages[i].Status })
	line := string(d.Kind) + ": " + strings.Join(parts, ", ")
	switch {
	case d.ExitCode == reconcile.ExitOK && len(parts) == 0:
		return line + "healthy."
	case d.ExitCode == reconcile.ExitOK:
		return line + "; nothing is known to be wrong."
	case len(parts) == 0:
		line += "not healthy"
	}
	if d.ExitCode == reconcile.ExitError {
		return line + "; not all could be found out: run it again."
	}
	return line + "; a human must act."
}

// markdown writes the same as table, for a pull request or a chat.
func (d DoctorDocument) markdown(b *strings.Builder) {
	plain := colours(false)
	fmt.Fprintf(b, "## %s\n\n%s %s\n\n", d.footer(), mark(d.Identity.Status, plain), escape(d.Identity.Message))
	markdownCauses(b, d.Identity.Causes, "")
	if len(d.Checks) > 0 {
		b.WriteString("### ID token\n\n|  | Claim | Have | Want | |\n|---|---|---|---|---|\n")
		for _, c := range d.Checks {
			text := c.Message
			if c.Next != "" {
				text += ". Next: " + c.Next
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", mark(c.Status, plain), escape(c.Name), escape(c.Have), escape(c.Want), escape(text))
		}
		b.WriteString("\n")
	}
	if len(d.Packages) > 0 {
		b.WriteString("### Packages\n\n")
	}
	for _, group := range d.alike() {
		fmt.Fprintf(b, "- %s %s: %s\n", mark(group[0].Status, plain), escape(who(group, nameOf)), escape(group[0].Message))
		markdownCauses(b, group[0].Causes, "  ")
	}
}

func markdownCauses(b *strings.Builder, all []doctor.Cause, indent string) {
	for i, cause := range all {
		fmt.Fprintf(b, "%s%d. %s. Next: %s\n", indent, i+1, escape(cause.What), escape(cause.Next))
	}
	if len(all) > 0 && indent == "" {
		b.WriteString("\n")
	}
}
