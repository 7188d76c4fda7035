package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

var _ = Describe("staged versions, with the real npm 12", Ordered, func() {
	const (
		lib  = "@demo/lib"
		slow = "@demo/slow"
	)
	var (
		p     *pipeline
		npm12 clients.Client
		human *place
		ours  *npm.Client // our client, of the same human
		pages atomic.Int32
	)
	// run runs npm 12 and returns what it printed and how it ended.
	run := func(at *place, args ...string) outcome {
		GinkgoHelper()
		return finish(at.start(npm12.Node, append(append([]string{npm12.Script}, args...), "--audit=false", "--fund=false",
			"--update-notifier=false", "--browser=false")...))
	}
	// write makes a folder that is published as a version.
	write := func(name, version string) *place {
		GinkgoHelper()
		at := newPlace().with("npm_config_registry", string(p.registry)+"/")
		npmrc, err := os.ReadFile(filepath.Join(human.home, ".npmrc"))
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(filepath.Join(at.home, ".npmrc"), npmrc, 0o600)).To(Succeed())
		at.write("package.json", `{"name": "`+name+`", "version": "`+version+`", "license": "MIT"}`)
		at.write("index.js", "// "+version+"\n")
		return at
	}
	// stage has our client stage a version, and returns its ID and tarball.
	stage := func(name, version string) (string, []byte) {
		GinkgoHelper()
		at := write(name, version)
		at.npm("pack")
		files, err := filepath.Glob(at.path("*.tgz"))
		Expect(err).NotTo(HaveOccurred())
		Expect(files).To(HaveLen(1))
		tarball, err := os.ReadFile(files[0])
		Expect(err).NotTo(HaveOccurred())
		id, err := ours.Stage(GinkgoT().Context(), publicationOf(name, version, tarball), npm.NewCredential(p.world.Session(), time.Time{}))
		Expect(err).NotTo(HaveOccurred())
		return id, tarball
	}
	// waiting is what our client sees of a package's staged versions.
	waiting := func(name string) []spec.Stage {
		GinkgoHelper()
		list, err := ours.Stages(GinkgoT().Context(), spec.Name(name))
		Expect(err).NotTo(HaveOccurred())
		return list
	}
	idIn := func(text string) string {
		return regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindString(text)
	}

	BeforeAll(func() {
		Expect(clients.Install(GinkgoT().Context())).To(Succeed())
		var err error
		if npm12, err = clients.NPM(GinkgoT().Context(), clients.NPM12); errors.Is(err, errors.ErrUnsupported) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		demo := newDemo().stagesCLI()
		demo.seedAndTrust("--group", "cli")
		p = newPipelineWith(demo, func(o *sandbox.Options) {
			o.SecondFactorWindow = time.Second // so that the human is asked again
			o.ScanDelay = func(name spec.Name, _ spec.Version) time.Duration {
				if name == slow {
					return time.Hour
				}
				return 0
			}
		})
		human = p.human().with("npm_config_registry", string(p.registry)+"/")
		address, err := url.Parse(string(p.registry))
		Expect(err).NotTo(HaveOccurred())
		ours, err = npm.New(npm.Options{Registry: address, Session: p.world.Session(), SecondFactor: &npm.SecondFactor{
			Show: func(_ context.Context, page string) error {
				pages.Add(1)
				Expect(p.registry.status(strings.TrimPrefix(page, string(p.registry)))).To(Equal(http.StatusOK))
				return nil
			},
		}})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(ours.CloseIdleConnections)
	})

	It("lists, views, downloads and approves what we staged", func() {
		id, tarball := stage(lib, "1.0.0")
		Expect(p.registry.distTags(lib)).To(Equal(map[string]string{"latest": "0.0.0-stage"}), "the name is new")

		sum := sha1.Sum(tarball)
		list := run(human, "stage", "list").ends(0).out
		Expect(list).To(And(ContainSubstring("id: "+id), ContainSubstring("package name: "+lib), ContainSubstring("version: 1.0.0"),
			ContainSubstring("status: staged"), ContainSubstring("tag: latest"), ContainSubstring("staged by: sandbox (user)"),
			ContainSubstring("shasum: "+hex.EncodeToString(sum[:])), ContainSubstring("access: public")))
		Expect(run(human, "stage", "view", id).ends(0).out).To(Equal(list), "it is the only one")
		Expect(run(human, "stage", "list", "@demo/other").ends(0).out).To(ContainSubstring(`No staged versions of package name "@demo/other".`))
		var items []map[string]string
		Expect(json.Unmarshal([]byte(run(human, "stage", "list", lib, "--json").ends(0).out), &items)).To(Succeed())
		Expect(items).To(ConsistOf(HaveKeyWithValue("id", id)))

		Expect(run(human, "stage", "download", id).ends(0).out).To(ContainSubstring("demo-lib-1.0.0-" + id + ".tgz"))
		Expect(human.read("demo-lib-1.0.0-"+id+".tgz") == string(tarball)).To(BeTrue(), "it is another tarball")

		Expect(run(human, "stage", "approve", id).ends(1).err).To(ContainSubstring("EOTP"), "without a second factor")
		Expect(p.registry.served(lib, "1.0.0")).To(BeFalse())
		o := run(human, "stage", "approve", id, "--otp="+p.world.OneTimePassword()).ends(0)
		Expect(o.out).To(Equal("Staged package " + id + " approved and published successfully.\n"))
		Expect(p.registry.served(lib, "1.0.0")).To(BeTrue())
		Expect(p.registry.distTags(lib)).To(Equal(map[string]string{"latest": "1.0.0"}))
		Expect(run(human, "stage", "list").ends(0).out).To(ContainSubstring("No staged packages found."))
		gone := run(human, "stage", "view", id).ends(1)
		Expect(gone.err).To(ContainSubstring("E404"))
	})

	It("rejects what we staged, and its number is free again", func() {
		id, _ := stage(lib, "1.1.0")
		o := run(human, "stage", "reject", id, "--otp="+p.world.OneTimePassword()).ends(0)
		Expect(o.out).To(Equal("Staged package " + id + " has been rejected.\n"))
		Expect(waiting(lib)).To(BeEmpty())
		again, _ := stage(lib, "1.1.0")
		Expect(again).NotTo(Equal(id))
	})

	It("stages what we approve and reject, with one second factor", func() {
		const name = "@demo/both"
		stage(name, "1.1.0")
		out := run(write(name, "1.2.0"), "stage", "publish", "--tag=next").ends(0)
		Expect(out.out).To(ContainSubstring("+ " + name + "@1.2.0 (staged with id "))
		Expect(out.err).To(ContainSubstring("has been staged with tag next"))
		run(write("@demo/new", "1.0.0"), "stage", "publish", "--access=public").ends(0)
		list := append(waiting(name), waiting("@demo/new")...)
		Expect(list).To(HaveLen(3), "and that which was staged before")
		Expect(list[0]).To(And(HaveField("ID", idIn(out.out)), HaveField("DistTag", spec.DistTag("next")), HaveField("Status", spec.StatusStaged)))

		before := pages.Load()
		Expect(ours.Approve(GinkgoT().Context(), list[0])).To(Succeed())
		Expect(ours.Approve(GinkgoT().Context(), list[2])).To(Succeed())
		Expect(ours.Reject(GinkgoT().Context(), list[1])).To(Succeed())
		Expect(pages.Load()).To(Equal(before + 1))
		Expect(p.registry.served(name, "1.2.0")).To(BeTrue())
		Expect(p.registry.served("@demo/new", "1.0.0")).To(BeTrue())
		Expect(p.registry.distTags(name)).To(HaveKeyWithValue("next", "1.2.0"))
		Expect(ours.Approve(GinkgoT().Context(), list[0])).To(MatchError(spec.ErrNotFound))
	})

	It("stages in CI by a trusted publisher that may do nothing else", func() {
		const name = "@demo/by-ci"
		stage(name, "1.0.0")
		Expect(ours.Reject(GinkgoT().Context(), waiting(name)[0])).To(Succeed())
		claims := spec.Claims{}
		for _, claim := range []string{
			circleci.ClaimOrganization, circleci.ClaimProject, circleci.ClaimPipelineDefinition, circleci.ClaimVCSOrigin,
		} {
			claims[claim] = p.world.Claims()[claim]
		}
		_, err := ours.CreateTrustedPublisher(GinkgoT().Context(), name,
			spec.TrustedPublisher{Type: circleci.Type, Claims: claims, Permissions: []string{spec.PermissionStage}})
		Expect(err).NotTo(HaveOccurred())
		ci := write(name, "2.0.0")
		Expect(os.Remove(filepath.Join(ci.home, ".npmrc"))).To(Succeed())
		_, token := p.registry.request(http.MethodGet, "/circleci/oidc?aud=npm:127.0.0.1", "")
		ci = ci.with("CIRCLECI", "true", "NPM_ID_TOKEN", strings.TrimSpace(token))
		Expect(run(ci, "publish").ends(1).err).To(ContainSubstring("OIDC permission denied for this action"))
		Expect(run(ci, "stage", "publish").ends(0).out).To(ContainSubstring("(staged with id "))
		list := waiting(name)
		Expect(list).To(HaveLen(1))
		Expect(list[0].Kind).To(Equal("trusted automation"))
		Expect(run(human, "stage", "view", list[0].ID).ends(0).out).To(ContainSubstring("staged by: circleci (trusted automation)"))
		Expect(run(ci, "stage", "approve", list[0].ID).ends(1).err).To(ContainSubstring("E401"))
		Expect(ours.Approve(GinkgoT().Context(), list[0])).To(Succeed())
		Expect(p.registry.served(name, "2.0.0")).To(BeTrue())
	})

	It("leaves several to pnpm 12, which approves them with one code", func() {
		pnpm, err := clients.PNPM(GinkgoT().Context())
		if errors.Is(err, errors.ErrUnsupported) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		one, _ := stage(lib, "3.0.0")
		two, _ := stage(lib, "3.1.0")
		o := finish(human.start(pnpm, "stage", "approve", one, two, "--otp="+p.world.OneTimePassword(), "--registry="+string(p.registry)+"/"))
		o.ends(0)
		Expect(o.out + o.err).To(ContainSubstring("Approved 2 staged packages"))
		Expect(p.registry.served(lib, "3.0.0")).To(BeTrue())
		Expect(p.registry.distTags(lib)).To(HaveKeyWithValue("latest", "3.1.0"))
	})

	It("looks at, approves and rejects what apply stages, and has its own approved by apply", func() {
		const approved, rejected, other = "@demo/cli-linux-x64", "@demo/cli-darwin-arm64", "@demo/cli-linux-arm64"
		p.build("1.0.0")
		p.job("v1.0.0", nil).run("apply").ends(3)
		ids := p.held()
		list := run(human, "stage", "list").ends(0).out
		for _, name := range releaseNames() {
			Expect(list).To(And(ContainSubstring("id: "+ids[name]), ContainSubstring("package name: "+name+"\n")))
		}
		Expect(run(human, "stage", "view", ids[approved]).ends(0).out).To(And(ContainSubstring("package name: "+approved),
			ContainSubstring("version: 1.0.0"), ContainSubstring("status: staged"), ContainSubstring("staged by: circleci (trusted automation)")))
		run(human, "stage", "download", ids[approved]).ends(0)
		Expect(human.path("demo-cli-linux-x64-1.0.0-" + ids[approved] + ".tgz")).To(BeAnExistingFile())
		run(human, "stage", "approve", ids[approved], "--otp="+p.world.OneTimePassword()).ends(0)
		for _, name := range []string{rejected, other} {
			run(human, "stage", "reject", ids[name], "--otp="+p.world.OneTimePassword()).ends(0)
		}
		for _, name := range []string{rejected, other} {
			run(human, "stage", "publish", "./dist/"+name).ends(0)
		}
		o := human.run("apply", "--only", "approve", "--tag", "v1.0.0", p.otp()).ends(0)
		Expect(strings.Count(o.err, "approve  ")).To(Equal(3), "the entry and what npm staged, whose contents are the artifacts'")
		for _, name := range releaseNames() {
			Expect(p.registry.served(name, "1.0.0")).To(BeTrue(), name)
		}
	})

	It("is refused a number that is taken, and an approval amid the scan", func() {
		id, _ := stage(slow, "1.0.0")
		Expect(run(human, "stage", "view", id).ends(0).out).To(ContainSubstring("status: validating"))
		Expect(run(human, "stage", "approve", id, "--otp="+p.world.OneTimePassword()).ends(1).err).To(ContainSubstring("E409"))
		at := write(slow, "1.0.0")
		Expect(run(at, "stage", "publish").ends(1).err).To(ContainSubstring(`Cannot stage previously published version "1.0.0".`))
		Expect(run(at, "publish", "--otp="+p.world.OneTimePassword()).ends(1).err).To(
			ContainSubstring(`Cannot publish over previously staged version "1.0.0".`))
		Expect(waiting(slow)).To(HaveLen(1))
		Expect(ours.Approve(GinkgoT().Context(), waiting(slow)[0])).To(MatchError(spec.ErrPending))
	})
})

// publicationOf is a publication of a version without more to it, whose tarball is in memory.
func publicationOf(name, version string, tarball []byte) npm.Publication {
	sum := sha1.Sum(tarball)
	return npm.Publication{
		Name: spec.Name(name), Version: spec.Version(version), DistTag: spec.Latest, Access: spec.AccessPublic,
		Manifest: map[string]any{"name": name, "version": version},
		Size:     int64(len(tarball)), Integrity: spec.NewIntegrity(sha512.Sum512(tarball)), Shasum: hex.EncodeToString(sum[:]),
		Checksum: crc32.Checksum(tarball, crc32.MakeTable(crc32.Castagnoli)),
		Open:     func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(tarball)), nil },
	}
}
