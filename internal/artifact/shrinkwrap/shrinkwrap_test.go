package shrinkwrap_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/shrinkwrap"
)

func TestReadFindsWhatIsPinned(t *testing.T) {
	g := NewWithT(t)
	const file = `{"packages": {"": {}, "node_modules/b/node_modules/a": {"version": "2.0.0"},
		"node_modules/@s/a": {"version": "1.0.0", "resolved": "x", "integrity": "y", "name": "z", "link": true}}}`
	s, err := shrinkwrap.Read(strings.NewReader(file), int64(len(file)))
	g.Expect(err).NotTo(HaveOccurred())
	pin, ok := s.At("@s/a")
	g.Expect(ok).To(BeTrue())
	g.Expect(pin).To(Equal(shrinkwrap.Pin{
		Place: "node_modules/@s/a", Name: "z", Version: "1.0.0", Resolved: "x", Integrity: "y", Link: true,
	}))
	_, ok = s.At("a")
	g.Expect(ok).To(BeFalse())
	g.Expect(s.Hidden("a")).To(Equal("node_modules/b/node_modules/a"))
	g.Expect(s.Hidden("@s/a")).To(BeEmpty())
	_, err = shrinkwrap.Read(iotest.ErrReader(errors.New("out of order")), 10)
	g.Expect(err).To(HaveOccurred())
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{
		`{"packages": {"node_modules/a": {"version": "1"}}}`, `{"dependencies": {"a": {"dependencies": {"b": {"version": 1}}}}}`, `[]`, `{`, ``,
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		s, err := shrinkwrap.Read(strings.NewReader(file), int64(len(file)))
		if err != nil || s == nil {
			t.Fatal("what is wrong with a file is its Problem", err)
		}
		for _, pin := range s.Pins {
			if found, ok := s.At(strings.TrimPrefix(pin.Place, "node_modules/")); ok && found.Place != pin.Place {
				t.Fatalf("%q is found at %q", pin.Place, found.Place)
			}
		}
	})
}
