package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"

	"github.com/agent-facets/facets-reconcile/tools/bench/page"
	"github.com/agent-facets/facets-reconcile/tools/bench/sink"
)

// uploads is how many tarballs the bare sender has under way, as facets-reconcile has.
const uploads = 4

// ready measures publishing of .tgz files against a program that only hashes, encodes and streams them.
func ready(ctx context.Context, b *bench) (string, error) {
	count, size := 12, int64(90e6)
	if b.quick {
		count, size = 3, 8e6
	}
	f, err := b.executables(count, size)
	if err == nil {
		err = f.pack()
	}
	if err != nil {
		return "", err
	}
	p := &publishing{b: b, sink: sink.New(sink.Options{Verify: b.verify}), sizes: map[string]int64{}}
	address, stop, err := serve(ctx, p.sink)
	if err != nil {
		return "", err
	}
	defer stop()
	p.address = address

	const bare, bareUnpacking, own = "bare sender", "bare sender that unpacks first", "facets-reconcile"
	ourselves, _ := p.ourselves(ctx, f, own, "", "dist/tool-%02d.tgz")
	contenders := []contender{ourselves, p.sender(f, bare, asItIs), p.sender(f, bareUnpacking, unpacked)}
	for _, peer := range b.peers {
		contenders = append(contenders, p.archives(f, peer))
	}
	scores, err := b.contest(ctx, contenders)
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, s := range scores {
		if finished := find(scores, s.name); finished != nil {
			rows = append(rows, []string{s.name, seconds(s.time()), times(finished, find(scores, bare)),
				times(finished, find(scores, bareUnpacking)), megabytes(maximum(s.peak))})
		}
	}
	return fmt.Sprintf("%d ready .tgz files of %s each; npm, pnpm and bun %d at a time.\n\n", count, megabytes(p.sizes[bare]), pairs) +
		page.Table([]string{"client", "time", "× bare sender", "× unpacking sender", "peak memory"}, rows) + failures(scores), nil
}

// sender lets the bare sender publish the .tgz files.
func (p *publishing) sender(f fixture, name, how string) contender {
	return contender{name: name, parallel: 1, check: p.check(name, f),
		prepare: func(ctx context.Context) ([]*exec.Cmd, error) {
			env, err := p.begin()
			argv := []string{p.b.self, "send", p.address, strconv.Itoa(uploads), how}
			for i, name := range f.names {
				argv = append(argv, name, f.artifact(i)+".tgz")
			}
			return []*exec.Cmd{command(ctx, f.dir, env, argv...)}, err
		}}
}

// archives lets a peer publish the .tgz files.
func (p *publishing) archives(f fixture, peer peer) contender {
	return contender{name: peer.name, parallel: pairs, check: p.check(peer.name, f),
		prepare: func(ctx context.Context) (commands []*exec.Cmd, err error) {
			env, err := p.begin()
			for i := range f.names {
				argv := slices.Concat(peer.argv, peer.publish, []string{f.artifact(i) + ".tgz"})
				commands = append(commands, command(ctx, f.dir, env, argv...))
			}
			return commands, err
		}}
}
