package provenance_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

func TestSameRepository(t *testing.T) {
	g := NewWithT(t)
	for _, same := range []spec.Repository{
		"git+https://github.com/o/r.git", "https://github.com/o/r", "https://github.com/o/r/", "git://github.com/o/r.git",
		"git+ssh://git@github.com/o/r.git", "git@github.com:o/r.git", "https://GitHub.com/o/r#main",
	} {
		g.Expect(provenance.SameRepository(same, "https://github.com/o/r")).To(BeTrue(), string(same))
	}
	for _, other := range []spec.Repository{
		"", "https://github.com/O/r", "https://github.com/o/r2", "https://gitlab.com/o/r", "https://github.com/o", "o/r", "%", "https://github.com/o/r/tree/main",
	} {
		g.Expect(provenance.SameRepository(other, "https://github.com/o/r")).To(BeFalse(), string(other))
	}
	g.Expect(provenance.SameRepository("git+https://gitlab.com/g/s/p.git", "https://gitlab.com/g/s/p")).To(BeTrue())
}

func TestSubjectOf(t *testing.T) {
	g := NewWithT(t)
	integrity := spec.NewIntegrity([64]byte{1, 2})
	s, err := provenance.SubjectOf("@s/p", "1.0.0-rc.1", integrity)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.Name).To(Equal("pkg:npm/%40s/p@1.0.0-rc.1"))
	g.Expect(s.Digest.SHA512).To(HavePrefix("0102000"))
	_, err = provenance.SubjectOf("p", "1.0.0", "sha1-xx")
	g.Expect(err).To(HaveOccurred())
}

func TestWhatIsNoBundle(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"dsseEnvelope":{"payload":"!"}}`, `{"dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"e30="}}`,
		`{"verificationMaterial":{"certificate":{"rawBytes":"AAAA"}},"dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"e30="}}`} {
		b, err := provenance.Parse([]byte(text))
		if err == nil {
			err = b.Check(provenance.Subject{})
		}
		NewWithT(t).Expect(err).To(HaveOccurred(), text)
		_, err = b.Identity()
		NewWithT(t).Expect(err).To(HaveOccurred(), text)
	}
}
