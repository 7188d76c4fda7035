package asnpm_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// TestMembersAsNpmPacks packs random members of a workspace, whose root and folders between have ignore files, with the real npm from
// the workspace's root. One folder is no member and packed from where it is.
func TestMembersAsNpmPacks(t *testing.T) {
	g := NewWithT(t)
	g.Expect(clients.Install(t.Context())).To(Succeed())
	seed := drawnSeed()
	random := rand.New(rand.NewPCG(seed, 1<<40))
	root := t.TempDir()
	put := func(at, contents string) {
		if os.MkdirAll(filepath.Dir(filepath.Join(root, at)), 0o755) != nil { // something drawn is in its place
			g.Expect(os.RemoveAll(filepath.Dir(filepath.Join(root, at)))).To(Succeed())
			g.Expect(os.MkdirAll(filepath.Dir(filepath.Join(root, at)), 0o755)).To(Succeed())
		}
		g.Expect(os.RemoveAll(filepath.Join(root, at))).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(root, at), []byte(contents), 0o600)).To(Succeed())
	}
	put("package.json", "\ufeff"+`{"name": "root", "private": true, "workspaces": {"packages": ["./groups/*/*", "!groups/a/stranger", "single"]}}`)
	above := drawing{Rand: random}
	put(pick(above, []string{".npmignore", ".gitignore"}), above.ignoreFile()+"\n/lib\na.js\n")
	put("groups/a/.npmignore", "\ufeffb.*\n"+above.ignoreFile())
	put("groups/a/.gitignore", "*\n")
	put("groups/.gitignore", above.ignoreFile()+"\n!/lib/a.js\n")
	members := []string{"single"}
	for i := range 6 {
		members = append(members, fmt.Sprintf("groups/%s/m%d", pick(above, []string{"a", "b"}), i))
	}
	for i, member := range append(members, "groups/a/stranger") {
		drawing{Rand: random, dir: filepath.Join(root, member), single: true}.fill(fmt.Sprint("member-", i))
		for _, name := range []string{"a.js", "b.js", "lib/a.js"} {
			put(filepath.Join(member, name), "// "+name)
		}
	}
	for _, client := range []string{clients.NPM11, clients.NPM12} {
		t.Run(client, func(t *testing.T) {
			g := NewWithT(t)
			npm := realNPM(t, client)
			to := t.TempDir()
			output, err := npm.run(t.Context(), root, "pack", "--workspaces", "--ignore-scripts", "--offline", "--loglevel=error", "--pack-destination", to)
			g.Expect(err).NotTo(HaveOccurred(), output)
			for _, alone := range []string{"groups/a/stranger", members[0]} {
				output, err = npm.run(t.Context(), filepath.Join(root, alone), "pack", "--ignore-scripts", "--offline", "--loglevel=error",
					"--pack-destination", to)
				g.Expect(err).NotTo(HaveOccurred(), output)
			}
			for i, member := range append(members, "groups/a/stranger") {
				dir := filepath.Join(root, member)
				ours, err := packedByUs(t.Context(), dir, npm.rules)
				g.Expect(err).NotTo(HaveOccurred())
				packed, err := os.Open(filepath.Join(to, fmt.Sprintf("member-%d-1.0.0.tgz", i)))
				g.Expect(err).NotTo(HaveOccurred())
				theirs, err := unpacked(packed)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(packed.Close()).To(Succeed())
				if difference := compare(theirs, ours, dir); difference != "" {
					t.Errorf("%s: %s\n%s\nagain: FACETS_DIFFERENTIAL_SEED=%d go test -run TestMembersAsNpmPacks ./internal/artifact/asnpm", member, difference,
						described(root), seed)
				}
			}
		})
	}
}
