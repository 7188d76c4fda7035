package spec_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// FuzzManifest reads any JSON as a manifest: what it makes of it must stand for itself.
func FuzzManifest(f *testing.F) {
	for _, seed := range []string{
		`{"name":"@s/p","version":"1.0.0","os":["linux"],"cpu":"x64","libc":null,"deprecated":true,"dist":{"tarball":"x"}}`,
		`{"os":{},"OS":["a"],"os":"b"}`, `{"optionalDependencies":{"\u202e":"\u0000","a":null}}`, `{"deprecated":{}}`, `{"_npmUser":[]}`,
		`{"_npmUser":{"trustedPublisher":{"id":"circleci"}}}`, `[]`, `null`, `{"dist":null,"name":"\ud800"}`, `{"os":["",null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m, again spec.Manifest
		if json.Unmarshal(data, &m) != nil {
			return
		}
		g := NewWithT(t)
		text, err := json.Marshal(m)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(json.Unmarshal(text, &again)).To(Succeed())
		g.Expect(json.Marshal(again)).To(Equal(text))
		g.Expect(m.Platform().Equal(again.Platform())).To(BeTrue())
	})
}

// FuzzIntegrity reads any text as an integrity.
func FuzzIntegrity(f *testing.F) {
	for _, seed := range []string{spec.NewIntegrity([64]byte{1}).String(), "sha1-AA== sha512-AA==", "sha512-?x", "\x1b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		integrity, err := spec.ParseIntegrity(text)
		if err != nil {
			return
		}
		g := NewWithT(t)
		g.Expect(text).To(ContainSubstring(integrity.String()))
		g.Expect(spec.ParseIntegrity(integrity.String())).To(Equal(integrity))
	})
}
