package desired_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agent-facets/facets-reconcile/desired"
	. "github.com/onsi/gomega"
)

// UPDATE_GOLDEN=1 writes the golden files anew.
func matchGolden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		NewWithT(t).Expect(os.WriteFile(file, []byte(got), 0o600)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(got).To(Equal(string(want)))
}

func TestParseReportsEveryProblem(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid/*.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(len(files)).To(BeNumerically(">", 10))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			g := NewWithT(t)
			data, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())

			state, err := desired.Parse(data, desired.DefaultFile)

			var invalid *desired.InvalidError
			g.Expect(errors.As(err, &invalid)).To(BeTrue())
			g.Expect(state).To(BeNil())
			matchGolden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func TestParseKeepsCredentialsOutOfErrors(t *testing.T) {
	for _, registry := range []string{"https://user:s3cret@registry.example.test/", "https://user:s3cret@%zz/", "user:s3cret@x"} {
		g := NewWithT(t)
		_, err := desired.Parse([]byte("spec: {registry: \""+registry+"\"}"), "file")
		g.Expect(err).To(MatchError(ContainSubstring("spec.registry")))
		g.Expect(err).NotTo(MatchError(ContainSubstring("s3cret")))
	}
}

func TestLoadRefusesWhatIsNoStateFile(t *testing.T) {
	folder := t.TempDir()
	garbage := make([]byte, 10<<20)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range garbage {
		garbage[i] = byte(source.Uint32())
	}
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"garbage":       {garbage, "is larger than 1 MiB"},
		"small garbage": {garbage[:4096], "is not YAML"},
		"zeros":         {make([]byte, 4096), "is not YAML"},
		"prose":         {[]byte("Dear reader,\n"), "holds text; a state file is a mapping"},
		"null":          {[]byte("null"), "is empty"},
		"infinity":      {[]byte("spec: .inf"), "is not YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			path := filepath.Join(folder, strings.ReplaceAll(name, " ", "-"))
			g.Expect(os.WriteFile(path, test.content, 0o600)).To(Succeed())
			_, err := desired.Load(path)
			g.Expect(err).To(MatchError(And(ContainSubstring(test.want), HavePrefix(path))))
			g.Expect(len(err.Error())).To(BeNumerically("<", 1000))
		})
	}
}

func TestLoadSaysWhatToDoWithoutAFile(t *testing.T) {
	g := NewWithT(t)
	_, err := desired.Load(filepath.Join(t.TempDir(), "desired-state.yaml"))
	g.Expect(err).To(MatchError(os.ErrNotExist))
	g.Expect(err).To(MatchError(And(ContainSubstring("desired-state.yaml"), ContainSubstring("--file"))))

	_, err = desired.Load(t.TempDir())
	g.Expect(err).To(MatchError(ContainSubstring("is a directory")))
}

func TestParseStaysReadableOnManyProblems(t *testing.T) {
	g := NewWithT(t)
	many := "kind: " + strings.Repeat("x", 100000) + "\n"
	for i := range 5000 {
		many += fmt.Sprintf("field%d: 1\n", i)
	}
	_, err := desired.Parse([]byte(many), "file")
	var invalid *desired.InvalidError
	g.Expect(errors.As(err, &invalid)).To(BeTrue())
	g.Expect(len(invalid.Problems)).To(BeNumerically("<=", 201))
	g.Expect(invalid.Problems[len(invalid.Problems)-1].Text).To(ContainSubstring("more problems"))
	g.Expect(len(err.Error())).To(BeNumerically("<", 200000))
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/invalid/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/esbuild.yaml", "testdata/staged.yaml", "testdata/pipelines.yaml", "../desired-state.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		state, err := desired.Parse(data, "file")
		if err != nil {
			var invalid *desired.InvalidError
			if state != nil || !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
				t.Fatalf("state %v with error %v", state, err)
			}
			return
		}
		names := map[string]bool{}
		for _, p := range state.Packages() {
			if names[p.Name.String()] {
				t.Fatalf("%s is there twice", p.Name)
			}
			names[p.Name.String()] = true
		}
		releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
		if err != nil || len(releases) == 0 {
			t.Fatalf("releases %v, error %v", releases, err)
		}
	})
}
