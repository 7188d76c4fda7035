package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// clients is where the peers are pinned and installed.
const clients = "tools/bench/clients"

// peer is a client that is compared with.
type peer struct {
	name, version string
	argv          []string // what every call begins with
	publish       []string // arguments that publish the package of the working directory
	view          []string // arguments in front of NAME@VERSION that show one version
}

// install brings the peers to what the lock file says. What cannot be installed is left out, and named in the figures.
func (b *bench) install(ctx context.Context) {
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts")
	npm.Dir = clients
	if output, err := npm.CombinedOutput(); err != nil {
		b.leaveOut("npm, pnpm and bun", fmt.Errorf("npm ci in %s: %w\n%s", clients, err, output))
		return
	}
	modules, err := filepath.Abs(filepath.Join(clients, "node_modules"))
	if err != nil {
		b.leaveOut("npm, pnpm and bun", err)
		return
	}
	node := filepath.Join(modules, "node-linux-"+machine(), "bin/node") // npm asks for a newer one than this machine may have
	b.add(ctx, modules, "npm", peer{name: "npm", argv: []string{node, filepath.Join(modules, "npm/bin/npm-cli.js")},
		publish: []string{"publish", "--ignore-scripts", "--access=public"}, view: []string{"view"}})
	pnpm := "@pnpm/exe.linux-" + machine()
	b.add(ctx, modules, pnpm, peer{name: "pnpm", argv: []string{filepath.Join(modules, pnpm, "pnpm")},
		publish: []string{"publish", "--no-git-checks", "--ignore-scripts", "--access=public"}, view: []string{"view"}})
	bun := bunPackage()
	b.add(ctx, modules, bun, peer{name: "bun", argv: []string{filepath.Join(modules, bun, "bin/bun")},
		publish: []string{"publish", "--ignore-scripts", "--access=public"}, view: []string{"pm", "view"}})
}

// add takes a peer in if it runs.
func (b *bench) add(ctx context.Context, modules, module string, p peer) {
	var about struct{ Version string }
	manifest, err := os.ReadFile(filepath.Join(modules, module, "package.json"))
	if err == nil {
		err = json.Unmarshal(manifest, &about)
	}
	if err != nil {
		b.leaveOut(p.name, err)
		return
	}
	p.version = about.Version
	argv := slices.Concat(p.argv[1:], []string{"--version"})
	if output, err := exec.CommandContext(ctx, p.argv[0], argv...).CombinedOutput(); err != nil { //nolint:gosec // the peer
		b.leaveOut(p.name, fmt.Errorf("%w\n%s", err, output))
		return
	}
	b.peers = append(b.peers, p)
}

func (b *bench) leaveOut(name string, why error) {
	b.say("%s left out: %v", name, why)
	reason, _, _ := strings.Cut(why.Error(), "\n")
	b.missing = append(b.missing, name+": "+reason)
}

// machine is this machine's cpu as Node.js names it.
func machine() string {
	if runtime.GOARCH == "amd64" {
		return "x64"
	}
	return runtime.GOARCH
}

func bunPackage() string {
	if runtime.GOARCH == "arm64" {
		return "@oven/bun-linux-aarch64"
	}
	return "@oven/bun-linux-" + machine()
}
