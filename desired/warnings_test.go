package desired_test

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestWhatIsWarnedOf(t *testing.T) {
	state := parse(t, `  groups:
    - name: cli
      tag: v{version}
      entry: {package: tool}
      platforms:
        package: "@tool/{target}"
        listedUnder: dependencies
        targets:
          - {name: js, os: [], cpu: any}
          - {name: linux-x64-musl, libc: musl}
    - name: other
      tag: other-v{version}
      entry: {package: other}
      platforms:
        package: "@other/{target}"
        targets:
          - linux-x64
          - {name: win, os: windows, cpu: [x86, ia32]}
          - {name: most, os: ["!win32", "!beos"], cpu: any}
          - {name: linux-x64-small, libc: uclibc}
`)
	const at = "spec.groups[1].platforms.targets"
	NewWithT(t).Expect(state.Warnings()).To(ConsistOf(
		"spec.groups[0].platforms.targets[1]: what stands under dependencies comes to every machine, and this is for linux/x64/musl: "+
			"npm refuses to install the entry on others",
		at+"[1].os: no machine has windows: npm's word for it is win32",
		at+"[1].cpu: no machine has x86: npm's word for it is ia32",
		HavePrefix(at+"[2].os: no machine has !beos: npm knows aix, android"),
		at+"[3].libc: no machine has uclibc: npm knows glibc, musl"))
}
