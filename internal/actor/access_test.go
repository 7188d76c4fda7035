package actor_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func private(o *sandbox.Options) { o.PrivatePackages = true }

// said returns the accesses that the publishes of the package sent, in their order.
func (s *stage) said(name spec.Name) (said []string) {
	for _, r := range s.npm.Requests() {
		if r.Method == http.MethodPut && r.Path == "/"+name.Escaped() {
			said = append(said, r.Access)
		}
	}
	return said
}

func (s *stage) access(t *testing.T, name spec.Name) spec.Access {
	t.Helper()
	access, err := s.npm.Access(name)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return access
}

func TestOnlyTheFirstPublishOfANameSaysAnAccess(t *testing.T) {
	for _, want := range []spec.Access{spec.AccessPublic, spec.AccessRestricted} {
		g := NewWithT(t)
		s := setUp(t, private)
		const name spec.Name = "@s/cli-linux-x64"
		p := desired.Package{Name: name, Access: want}
		seeder := actor.Seeder{Registry: s.client, Credentials: s.session()}
		g.Expect(seeder.Seed(t.Context(), p, "0.0.1")).To(Succeed())
		g.Expect(seeder.Prove(t.Context(), p, "0.0.2")).To(Succeed())
		publication := s.publication(t, "cli@1.0.0", name)
		_, err := s.publisher(t, s.session()).Publish(t.Context(), publication)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(s.said(name)).To(Equal([]string{string(want), "null", "null"}))
		g.Expect(s.access(t, name)).To(Equal(want))
	}
}

func TestAReleaseThatTakesTheNameSaysItsAccess(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, private)
	const name spec.Name = "@s/cli-linux-x64"
	first := s.publication(t, "cli@1.0.0", name)
	first.First, first.Package.Access = true, spec.AccessRestricted
	_, err := s.publisher(t, s.session()).Publish(t.Context(), first)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.said(name)).To(Equal([]string{"restricted"}))
}

// The plan was made by somebody to whom the package was not shown.
func TestWhatOnlySeemsNewIsNotMadePublic(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, private)
	const name spec.Name = "@s/cli-linux-x64"
	g.Expect(actor.Seeder{Registry: s.client, Credentials: s.session()}.
		Seed(t.Context(), desired.Package{Name: name, Access: spec.AccessRestricted}, "0.0.1")).To(Succeed())

	seemsNew := s.publication(t, "cli@1.0.0", name)
	seemsNew.First = true
	publisher := s.publisher(t, s.session())
	publisher.Registry = s.client.ReadBy()
	_, err := publisher.Publish(t.Context(), seemsNew)
	g.Expect(err).NotTo(HaveOccurred())
	again := actor.Seeder{Registry: s.client, Credentials: s.session()}.Seed(t.Context(), desired.Package{Name: name}, "0.0.3")
	g.Expect(again).To(MatchError(spec.ErrAlreadyPublished))
	g.Expect(s.said(name)).To(Equal([]string{"restricted", "null"}))
	g.Expect(s.access(t, name)).To(Equal(spec.AccessRestricted))
}

func TestNothingIsSentWhereItCannotBeToldWhetherTheNameIsNew(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.refuse(http.StatusBadGateway, http.MethodGet, "dist-tags", always)
	err := actor.Seeder{Registry: s.client, Credentials: s.session()}.Seed(t.Context(), desired.Package{Name: "@s/p"}, "0.0.1")
	g.Expect(err).To(MatchError(reconcile.ErrNotSent))
	g.Expect(s.requests(http.MethodPut, "/")).To(BeZero())
}

func TestRestrictedIsReadWithTheTokenOfThePackage(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, private)
	const name spec.Name = "@s/cli-linux-x64"
	g.Expect(actor.Seeder{Registry: s.client, Credentials: s.session()}.
		Seed(t.Context(), desired.Package{Name: name, Access: spec.AccessRestricted}, "0.0.1")).To(Succeed())
	g.Expect(actor.Truster{Registry: s.client}.Trust(t.Context(), name, reconcile.Trusting{Want: spec.TrustedPublishers{s.want}})).To(Succeed())

	exchange := s.exchange()
	reading := s.client.ReadBy(actor.Reading{Exchange: exchange})
	observer := observed.Observer{Registry: reading, Veil: reading, Trust: actor.Evidence{Exchange: exchange, Now: s.clock.Now}, Concurrency: 4}
	snapshot, err := observer.Observe(t.Context(), []observed.Query{{Name: name, Version: "0.0.1"}, {Name: "@s/none", Version: "1.0.0"}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot[name].Existence).To(Equal(observed.Exists))
	g.Expect(snapshot[name].State).To(Equal(observed.Served))
	g.Expect(snapshot[name].Access).To(Equal(spec.AccessRestricted))
	g.Expect(snapshot["@s/none"].Existence).To(Equal(observed.Missing))
	g.Expect(s.requests(http.MethodPost, "exchange/package/@s%2fcli")).To(Equal(1), "one exchange does for all")
	g.Expect(s.requests(http.MethodPost, "exchange/package/@s%2fnone")).To(Equal(1), "a refusal is not asked for again to read")
}

func TestReadingWithoutATokenIsRefused(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.job(map[string]any{"fail": true})
	_, err := actor.Reading{Exchange: s.exchange()}.For(t.Context(), "@s/p")
	g.Expect(err).To(MatchError(spec.ErrRefused), "there is nothing to read with, and no reason to stop")
	g.Expect(errors.Is(err, spec.ErrNotFound)).To(BeFalse())
}

func TestAnArtifactThatContradictsTheStateFileIsRefused(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, private)
	root := t.TempDir()
	p := s.publication(t, "lib@1.0.0", "lib")
	p.Package.Artifact = "lib"
	write := func(config string) {
		g.Expect(os.MkdirAll(filepath.Join(root, "lib"), 0o700)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(root, "lib", "package.json"),
			[]byte(`{"name": "lib", "version": "1.0.0", "publishConfig": `+config+`}`), 0o600)).To(Succeed())
	}
	publisher := s.publisher(t, s.session())
	publisher.Artifacts, publisher.Address = actor.Folder{Root: root}, s.client.Registry()
	for _, config := range []string{`{"access": "restricted"}`, `{"tag": "beta"}`, `{"registry": "https://registry.example.test/"}`} {
		write(config)
		inspection, err := publisher.Inspect(t.Context(), p)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(inspection.Defects).To(ContainElement(And(HaveField("Check", "publishConfig"), HaveField("Refused", true))), config)
		_, err = publisher.Publish(t.Context(), p)
		g.Expect(err).To(MatchError(ContainSubstring("publishConfig has")))
	}
	g.Expect(s.requests(http.MethodPut, "/lib")).To(BeZero())
	write(`{"access": "public", "tag": "latest", "registry": "` + s.client.Registry() + `"}`)
	_, err := publisher.Publish(t.Context(), p)
	g.Expect(err).NotTo(HaveOccurred())
}
