package desired_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestSchemaIsTheOneThatEditorsRead(t *testing.T) {
	schema, err := desired.Schema()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	matchGolden(t, "../docs/desired-state.schema.json", string(schema))

	state, err := os.ReadFile("../desired-state.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	first, _, _ := strings.Cut(string(state), "\n")
	NewWithT(t).Expect(first).To(Equal(desired.SchemaComment))
}

func TestSchemaTakesWhatIsValid(t *testing.T) {
	files := []string{"../desired-state.yaml", "testdata/esbuild.yaml", "testdata/staged.yaml", "testdata/pipelines.yaml", "testdata/settings.yaml",
		"testdata/onename.yaml"}
	more, err := filepath.Glob("../e2e/testdata/*/desired-state.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(more).NotTo(BeEmpty())
	for _, file := range append(files, more...) {
		t.Run(file, func(t *testing.T) {
			g := NewWithT(t)
			data, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			_, err = desired.Parse(data, file)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(objections(t, data)).To(BeEmpty())
		})
	}
}

// The golden file holds what the schema finds in each wrong file. All of it must be what Parse finds too, or hold it.
func TestSchemaRefusesWhatIsInvalid(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid/*.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var report strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		_, err = desired.Parse(data, file)
		var invalid *desired.InvalidError
		NewWithT(t).Expect(errors.As(err, &invalid)).To(BeTrue())
		problems := invalid.Error()

		fmt.Fprintf(&report, "%s\n", filepath.Base(file))
		if strings.Contains(problems, "YAML") {
			report.WriteString("  is not one YAML document\n")
			continue
		}
		for _, path := range objections(t, data) {
			fmt.Fprintf(&report, "  %s\n", cmp.Or(path, "all of it"))
			NewWithT(t).Expect(problems).To(ContainSubstring(path), file)
		}
	}
	matchGolden(t, "testdata/schema.golden", report.String())
}

// Tables of what a schema could easily get wrong: each value is put into a valid file, and Parse has the last word.
func TestSchemaAgreesWithParse(t *testing.T) {
	const file = "apiVersion: reconcile.agentfacets.io/v1alpha1\nkind: DesiredState\nspec:\n  registry: %s\n  groups:\n" +
		"    - {name: a, tag: %s, version: %s, distTag: %s, entry: {package: %s}, platforms: {package: \"@a/{target}\", targets: [%s]}}\n"
	usual := []any{"https://registry.example.test", "v{version}", "1.0.0", "latest", "a", "linux-x64"}
	for i, values := range [][]string{
		{"http://localhost:4873/npm/", "ftp://registry.example.test", "https://", "https://u:p@registry.example.test",
			"https://registry.example.test/?a", "https://registry.example.test/@a"},
		{"{version}", "{package}@{version}", "a/{version}/{package}", "{package}", "{version}{version}", "{package}{package}{version}",
			"a b{version}", "a:{version}", "{version", "{other}{version}"},
		{"1.2.3-rc.1", "1.2.3--1", "1.2", "v1.2.3", "1.2.3+b", "01.2.3"},
		{"next", "v1beta", "1st", "1-a_b", "1.x", "v1", "x", "1.2.3-rc.1", "a b", "a@b", "~1"},
		{"@a/b.c_d", "a1", "A", "@a", "@a/", "a/b", "-a", strings.Repeat("a", 214), strings.Repeat("a", 215)},
		{"{name: x, os: [], cpu: x64}", "{name: linux-x64, libc: [musl, glibc]}", "{name: x, os: windows}", "{os: linux}",
			"{name: linux-x64, more: 1}", "{name: linux-x64, libc: uclibc}"},
	} {
		for _, value := range values {
			t.Run(value, func(t *testing.T) {
				arguments := slices.Clone(usual)
				arguments[i] = value
				for n, argument := range arguments[:5] {
					arguments[n] = strconv.Quote(argument.(string))
				}
				data := fmt.Appendf(nil, file, arguments...)
				_, err := desired.Parse(data, "file")
				if err == nil {
					NewWithT(t).Expect(objections(t, data)).To(BeEmpty())
				} else {
					NewWithT(t).Expect(objections(t, data)).NotTo(BeEmpty(), "%v", err)
				}
			})
		}
	}
}

func TestSchemaDescribesEveryField(t *testing.T) {
	var walk func(path string, schema map[string]any, of reflect.Type)
	var definitions map[string]any
	walk = func(path string, schema map[string]any, of reflect.Type) {
		g := NewWithT(t)
		if of == reflect.TypeFor[desired.Blocks]() {
			schema, of = definitions["platforms"].(map[string]any), of.Elem()
		}
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice && schema["type"] == "array" {
			if of.Kind() == reflect.Slice {
				schema = schema["items"].(map[string]any)
			}
			of = of.Elem()
		}
		if of == reflect.TypeFor[desired.Target]() {
			schema = schema["oneOf"].([]any)[1].(map[string]any)
		}
		if of.Kind() != reflect.Struct {
			return
		}
		g.Expect(schema["additionalProperties"]).To(BeFalse(), path)
		properties := schema["properties"].(map[string]any)
		var fields []string
		for field := range of.Fields() {
			if !field.IsExported() { // no file can set it
				continue
			}
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields = append(fields, name)
			g.Expect(properties).To(HaveKey(name), path)
			property := properties[name].(map[string]any)
			g.Expect(property["description"]).NotTo(BeEmpty(), path+"."+name)
			if field.Type != reflect.TypeFor[spec.List]() {
				walk(path+"."+name, property, field.Type)
			}
		}
		g.Expect(properties).To(HaveLen(len(fields)), path)
	}
	data, err := desired.Schema()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var schema map[string]any
	NewWithT(t).Expect(yaml.Unmarshal(data, &schema)).To(Succeed())
	definitions = schema["$defs"].(map[string]any)
	walk("", schema, reflect.TypeFor[desired.State]())
}

// objections returns the paths of what the schema finds wrong in a state file, sorted.
func objections(t *testing.T, data []byte) []string {
	t.Helper()
	g := NewWithT(t)
	text, err := desired.Schema()
	g.Expect(err).NotTo(HaveOccurred())
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	g.Expect(err).NotTo(HaveOccurred())
	compiler := jsonschema.NewCompiler()
	g.Expect(compiler.AddResource(desired.SchemaURL, document)).To(Succeed())
	schema, err := compiler.Compile(desired.SchemaURL)
	g.Expect(err).NotTo(HaveOccurred())

	asJSON, err := yaml.YAMLToJSON(data)
	g.Expect(err).NotTo(HaveOccurred())
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	g.Expect(err).NotTo(HaveOccurred())
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(instance); !errors.As(err, &invalid) {
		g.Expect(err).NotTo(HaveOccurred())
		return nil
	}
	found := pathsOf(invalid)
	slices.Sort(found)
	return slices.Compact(found)
}

// pathsOf writes the places of an error's causes as Parse does.
func pathsOf(e *jsonschema.ValidationError) (found []string) {
	path := ""
	for _, part := range e.InstanceLocation {
		if _, err := strconv.Atoi(part); err == nil {
			path += "[" + part + "]"
		} else {
			path += "." + part
		}
	}
	path = strings.TrimPrefix(path, ".")
	switch why := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range why.Missing {
			found = append(found, strings.TrimPrefix(path+"."+name, "."))
		}
		return found
	case *kind.AdditionalProperties:
		for _, name := range why.Properties {
			found = append(found, strings.TrimPrefix(path+"."+name, "."))
		}
		return found
	case *kind.OneOf: // the reasons why none fits are as many as the choices
		return []string{path}
	}
	for _, cause := range e.Causes {
		found = append(found, pathsOf(cause)...)
	}
	if len(e.Causes) == 0 {
		found = append(found, path)
	}
	return found
}
