package initial_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// TestDrawnFamilies draws families of which all that the entry lists is served, by odd names and versions. init refuses one, or writes a
// file with which plan has nothing to do and finds nothing torn. FACETS_DRAWN_FAMILIES is how many; each is the same each time.
func TestDrawnFamilies(t *testing.T) {
	number, err := strconv.Atoi(os.Getenv("FACETS_DRAWN_FAMILIES"))
	if err != nil {
		number = 100
	}
	refused := 0
	for seed := range number {
		r := rand.New(rand.NewPCG(uint64(seed), 18))
		family := draw(r)
		if seed%5 == 0 {
			family = drawOneName(r)
		}
		s := shelf{map[spec.Name]map[spec.Version]spec.Manifest{}, map[spec.Name]map[spec.DistTag]spec.Version{}}
		for _, line := range family {
			s.put(line)
		}
		entry, _ := parted(strings.Fields(family[0])[0])
		said := strings.Join(told(t, s, entry), "\n")
		if strings.Contains(said, "  refused: "+entry.String()+"@") {
			refused++
			continue
		}
		g := NewWithT(t)
		for _, wrong := range []string{"refused", "plan: Torn", "plan: publish", "plan: seed", "plan: wait", "plan: tag", "not on the registry"} {
			g.Expect(said).NotTo(ContainSubstring(wrong), "seed %d\n%s", seed, strings.Join(family, "\n"))
		}
	}
	NewWithT(t).Expect(refused).To(BeNumerically("<", number/2), "most are to be accepted")
}

// draw returns a family as testdata/kinds.txt has them.
func draw(r *rand.Rand) []string {
	of := func(all ...string) string { return all[r.IntN(len(all))] }
	entry := of("tool", "@t/tool", "tool.js", "linux-tool", "@acme/cli", "t", "@linux/x64", "my_tool", "wasm-tool")
	base := spec.Name(entry).Base()
	version := of("1.2.3", "1.2.3", "0.0.1", "0.0.0", "2.0.0-rc.1", "7.0.0-dev.20261120", "1.0.0-0")
	prefix := of("@t/", "@tool/", entry+"-", entry+"-", entry+".", entry+"_", "@t/"+base+"-", "other-", "@acme/core-", "")
	suffix := of("", "", "", "-"+base, "-bin")
	listed, lines := []string{}, []string{}
	seen := map[string]bool{entry: true}
	add := func(name, wanted, own, more string) {
		if !seen[name] {
			seen[name] = true
			listed, lines = append(listed, name+"@"+wanted), append(lines, fmt.Sprintf("%s@%s %s", name, own, more))
		}
	}
	other := of(version, version, version, "0.3.0", "9.9.9", "0.0.1", version+"-1")
	for range 1 + r.IntN(8) {
		separator := of("-", "-", "-", "_", ".")
		system := of("linux", "darwin", "win32", "freebsd", "windows", "macos", "mac", "alpine", "unix", "wasm", "universal", "sunos", "")
		target := strings.Trim(strings.Join([]string{system, of("x64", "arm64", "ia32", "x86_64", "armv7l", "riscv64gc", "", "64", "all"), of("", "", "musl", "gnu", "cuda")}, separator), separator)
		own := of(version, version, version, other)
		wanted := of(own, own, own, "^"+own, "~"+own, "="+own, "latest", ">="+own)
		on := of("linux/x64", "linux/x64/glibc", "darwin/arm64", "win32/x64", "!win32/!arm", "linux,freebsd/x64", "any", "darwin", "-/wasm32", "", "win32/x64/glibc")
		if target != "" {
			add(prefix+target+suffix, wanted, own, on+" "+of("", "", "deprecated", "repo=https://github.com/else/where", "repo="))
		}
	}
	for range r.IntN(3) {
		own := of(version, "4.5.6")
		add(of("@t/env", "fsevents", "@tool/wasm-util", "@img/lib-linux-x64", "@img/lib-darwin-arm64", entry+"-docs", "linux-notes"), of(own, "^"+own), own,
			of("", "darwin", "linux/x64", "repo=https://github.com/else/where"))
	}
	hard := ""
	if len(listed) > 1 && r.IntN(3) == 0 {
		hard = " hard: " + strings.Join(listed[1:], " ")
		listed = listed[:1]
	}
	return append([]string{fmt.Sprintf("%s@%s optional: %s%s", entry, version, strings.Join(listed, " "), hard)}, lines...)
}

// drawOneName returns one whose platforms are versions of one package.
func drawOneName(r *rand.Rand) []string {
	of := func(all ...string) string { return all[r.IntN(len(all))] }
	entry := of("tool", "@t/tool", "my-tool")
	home := of(entry, entry, entry+"-bin", "@t/pack")
	version := of("1.2.3", "0.9.0", "2.0.0-rc.1", "7.0.0-dev.20261120")
	form := of("%s-%s", "%s-%s", "%s-bin.%s", "%s-%s.0", "%s-0.%s")
	prefix := of(entry+"-", "@tool/", entry+".")
	listed, lines := "", []string{}
	if home != entry {
		lines = append(lines, home+"@0.0.1")
	}
	seen := map[string]bool{}
	for range 1 + r.IntN(6) {
		target := of("linux-x64", "darwin-arm64", "win32-x64", "linux-x64-musl", "musl-linux-x64", "x64-linux", "darwin", "linux.x64", "mac-arm64", "linux64")
		if seen[target] {
			continue
		}
		seen[target] = true
		own := fmt.Sprintf(form, version, target)
		listed += fmt.Sprintf(" %s%s=npm:%s@%s", prefix, target, home, own)
		lines = append(lines, fmt.Sprintf("%s@%s %s tag=%s", home, own, of("linux/x64", "darwin", "", "any/!arm"), of(target, target, "next-"+target, "v9")))
	}
	return append([]string{fmt.Sprintf("%s@%s optional:%s %s", entry, version, listed, of("", "fsevents@2.3.3", entry+"-arm64@"+version))}, append(lines, "fsevents@2.3.3 darwin", entry+"-arm64@"+version+" linux/arm64")...)
}
