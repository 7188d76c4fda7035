package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	yamlv3 "go.yaml.in/yaml/v3"
)

// schemaErrors are what a schema that a provider publishes finds wrong in a document: the deepest errors, each by its path.
// (testdata/README.md tells where the schemas are from.)
func schemaErrors(t *testing.T, schema string, document []byte) (found []string) {
	t.Helper()
	g := NewWithT(t)
	compiler := jsonschema.NewCompiler()
	definition, err := os.Open("testdata/" + schema + "-schema.json")
	g.Expect(err).NotTo(HaveOccurred())
	defer definition.Close()
	published, err := jsonschema.UnmarshalJSON(definition)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(compiler.AddResource(schema+".json", published)).To(Succeed())
	compiled, err := compiler.Compile(schema + ".json")
	g.Expect(err).NotTo(HaveOccurred())
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	g.Expect(err).NotTo(HaveOccurred())
	var invalid *jsonschema.ValidationError
	if errors.As(compiled.Validate(instance), &invalid) {
		found = deepest(invalid)
	}
	return found
}

func deepest(e *jsonschema.ValidationError) (found []string) {
	if len(e.Causes) == 0 {
		return []string{fmt.Sprintf("/%s: %v", strings.Join(e.InstanceLocation, "/"), e.ErrorKind)}
	}
	for _, cause := range e.Causes {
		found = append(found, deepest(cause)...)
	}
	return found
}

// asJSON reads YAML as GitHub and GitLab do: `on` is a name there, and no boolean.
func asJSON(t *testing.T, text []byte) []byte {
	t.Helper()
	g := NewWithT(t)
	var document map[string]any
	g.Expect(yamlv3.Unmarshal(text, &document)).To(Succeed())
	written, err := json.Marshal(document)
	g.Expect(err).NotTo(HaveOccurred())
	return written
}

func readYAML(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return text
}

// spoilt is a file in which one place is changed.
func spoilt(t *testing.T, file, before, after string) []byte {
	t.Helper()
	text := string(readYAML(t, file))
	NewWithT(t).Expect(text).To(ContainSubstring(before))
	return []byte(strings.Replace(text, before, after, 1))
}

// quotesWhole looks whether a guide quotes the files of its folder whole, so that what is tested is what is copied, and links them.
func quotesWhole(t *testing.T, guide, folder string) {
	t.Helper()
	g := NewWithT(t)
	text := string(readYAML(t, guide))
	quoted := yamlBlocks(text)
	files, err := filepath.Glob("../docs/" + folder + "/*.yml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).NotTo(BeEmpty())
	for _, file := range files {
		g.Expect(quoted).To(ContainElement(string(readYAML(t, file))), "%s in %s", file, guide)
		g.Expect(text).To(ContainSubstring("](" + folder + "/" + filepath.Base(file) + ")"))
	}
}

func yamlBlocks(text string) (blocks []string) {
	for _, block := range regexp.MustCompile("(?s)\n```yaml\n(.*?)```\n").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}
