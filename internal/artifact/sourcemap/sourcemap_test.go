package sourcemap_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/sourcemap"
)

func TestHasSources(t *testing.T) {
	far := strings.Repeat("AAAA,", 100_000)
	for document, want := range map[string]bool{
		`{"sourcesContent":["a"]}`:                                 true,
		`{"version": 3, "sourcesContent" : [ null , "", "a" ]}`:    true,
		`{"mappings": "` + far + `", "sourcesContent": ["a"]}`:     true,
		`{"sections": [{"map": {"sourcesContent": ["\"a\""]}}]}`:   true,
		")]}'\n" + `{"sourcesContent":["a"]}`:                      true,
		`{"sourcesContent": null, "x": {"sourcesContent": ["a"]}}`: true,
		`{"sourcesContent":["a`:                                    true,

		`{"sourcesContent":[]}`:                                  false,
		`{"sourcesContent":[null, "", null], "names": ["a"]}`:    false,
		`{"sourcesContent":null, "names": ["a"]}`:                false,
		`{"sourcesContent":[1, "a"]}`:                            false,
		`{"names": ["sourcesContent", "a"]}`:                     false,
		`{"names": ["\"sourcesContent\":[\"a\"]"]}`:              false,
		`{"sourcesContents":["a"], "sourcesConten":["a"]}`:       false,
		`{"sourcesContent\n": ["a"], "\"sourcesContent": ["a"]}`: false,
		`{"sourcesContent`:                                       false,
		`{"a\`:                                                   false,
		"":                                                       false,
		far:                                                      false,
	} {
		for chunks, reader := range map[string]io.Reader{
			"whole": strings.NewReader(document), "halves": iotest.HalfReader(strings.NewReader(document)),
			"bytes": iotest.OneByteReader(strings.NewReader(document)),
		} {
			found, err := sourcemap.HasSources(reader)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(found).To(Equal(want), "%.80s, read in %s", document, chunks)
		}
	}
	_, err := sourcemap.HasSources(iotest.ErrReader(errors.New("broken")))
	NewWithT(t).Expect(err).To(MatchError("broken"))
}

func TestNamed(t *testing.T) {
	for name, want := range map[string]bool{"a.js.map": true, "b/A.CSS.MAP": true, "map": false, "a.map.js": false, "a.json": false} {
		NewWithT(t).Expect(sourcemap.Named(name)).To(Equal(want), name)
	}
}

// FuzzHasSources reads any text; of one that is JSON it says what a decoder that holds all of it says.
func FuzzHasSources(f *testing.F) {
	f.Add([]byte(`{"version": 3, "sourcesContent": [null, "a"]}`))
	f.Add([]byte(`{"sections": [{"map": {"sourcesContent": [""]}}], "names": ["sourcesContent"]}`))
	f.Add([]byte(`{"a\\": "\"sourcesContent\":[\"a\"]", "sourcesContent": ["\u0000"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := sourcemap.HasSources(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var document any
		isPlain := !bytes.Contains(data, []byte(`\u`)) // nobody writes the key's letters by their numbers
		if json.Unmarshal(data, &document) == nil && isPlain && !found && holds(document) {
			t.Errorf("%q has sources", data)
		}
	})
}

// holds tells whether a document has sources that only texts and nulls stand before.
func holds(value any) bool {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			if holds(element) {
				return true
			}
		}
	case map[string]any:
		for key, element := range value {
			if list, _ := element.([]any); key == "sourcesContent" && first(list) || holds(element) {
				return true
			}
		}
	}
	return false
}

func first(list []any) bool {
	for _, element := range list {
		text, isText := element.(string)
		if isText && text != "" {
			return true
		}
		if !isText && element != nil {
			return false
		}
	}
	return false
}
