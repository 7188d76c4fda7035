package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/page"
	"github.com/agent-facets/facets-reconcile/tools/bench/sink"
)

// pairs is how many packages npm, pnpm and bun publish at a time: more need more memory and gain nothing on two cores.
const pairs = 2

// publishing is a registry that takes in what contenders publish, and remembers how large it was.
type publishing struct {
	b       *bench
	sink    *sink.Sink
	address string
	sizes   map[string]int64 // bytes of one tarball on average, by contender
}

// pack measures packing and publishing of directories.
func pack(ctx context.Context, b *bench) (string, error) {
	count, size, large := 12, int64(90e6), int64(1e9)
	if b.quick {
		count, size, large = 3, 8e6, 64e6
	}
	f, err := b.executables(count, size)
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

	var contenders []contender
	for _, compression := range []string{"fast", "balanced", "small"} {
		if c, ok := p.ourselves(ctx, f, "facets-reconcile, "+compression, "compression: "+compression, "dist/tool-%02d"); ok {
			contenders = append(contenders, c)
		}
	}
	if len(contenders) == 0 { // before it knew the field
		c, _ := p.ourselves(ctx, f, "facets-reconcile", "", "dist/tool-%02d")
		contenders = append(contenders, c)
	}
	for _, peer := range b.peers {
		contenders = append(contenders, p.peer(f, peer))
	}
	scores, err := b.contest(ctx, contenders)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%d packages of %s each, packed and published; npm, pnpm and bun %d at a time.\n\n%s%s",
		count, megabytes(size), pairs, p.table(scores), failures(scores))
	single, err := p.single(ctx, large)
	return text + single, err
}

// ourselves is the program with a state file; ok tells whether it understands the line.
func (p *publishing) ourselves(ctx context.Context, f fixture, name, line, pattern string) (c contender, ok bool) {
	file, err := declare(f.dir, strings.ReplaceAll(name, " ", "")+".yaml", line, pattern, f.names)
	if err == nil {
		err = exec.CommandContext(ctx, p.b.program, "validate", "-f", file).Run() //nolint:gosec // the program that is measured
	}
	return contender{name: name, parallel: 1, check: p.check(name, f),
		prepare: func(ctx context.Context) ([]*exec.Cmd, error) {
			env, err := p.begin()
			return []*exec.Cmd{command(ctx, f.dir, env, p.b.program, "apply", "-f", file)}, err
		}}, err == nil
}

func (p *publishing) peer(f fixture, peer peer) contender {
	return contender{name: peer.name, parallel: pairs, check: p.check(peer.name, f),
		prepare: func(ctx context.Context) (commands []*exec.Cmd, err error) {
			env, err := p.begin()
			for i := range f.names {
				commands = append(commands, command(ctx, f.artifact(i), env, slices.Concat(peer.argv, peer.publish)...))
			}
			return commands, err
		}}
}

func (p *publishing) begin() ([]string, error) {
	p.sink.Reset()
	return p.b.home(p.address, "not-a-secret")
}

// check tells whether all packages arrived.
func (p *publishing) check(name string, f fixture) func() error {
	return func() error {
		published := p.sink.Published()
		var sum int64
		for _, name := range f.names {
			v := published[name]
			if v == nil {
				return fmt.Errorf("%s did not arrive", name)
			}
			sum += v.Size
		}
		p.sizes[name] = sum / int64(len(f.names))
		return nil
	}
}

func (p *publishing) table(scores []score) string {
	fastest, npm := fastestPeer(scores), find(scores, "npm")
	smallest := int64(0)
	for _, peer := range p.b.peers {
		if size := p.sizes[peer.name]; size > 0 && (smallest == 0 || size < smallest) {
			smallest = size
		}
	}
	var rows [][]string
	for _, s := range scores {
		own := find(scores, s.name)
		if own == nil {
			continue
		}
		size := p.sizes[s.name]
		rows = append(rows, []string{s.name, seconds(s.time()), times(npm, own), times(fastest, own), megabytes(maximum(s.peak)),
			fmt.Sprintf("%.2f MB", float64(size)/1e6), percent(size, p.size(fastest)), percent(size, smallest)})
	}
	return page.Table([]string{"client", "time", "× npm", "× fastest peer", "peak memory", "one tarball",
		"than fastest peer's", "than smallest"}, rows)
}

func (p *publishing) size(s *score) int64 {
	if s == nil {
		return 0
	}
	return p.sizes[s.name]
}

func fastestPeer(scores []score) (fastest *score) {
	for _, name := range []string{"npm", "pnpm", "bun"} {
		if s := find(scores, name); s != nil && (fastest == nil || s.time() < fastest.time()) {
			fastest = s
		}
	}
	return fastest
}

// single shows that memory does not grow with the package.
func (p *publishing) single(ctx context.Context, size int64) (string, error) {
	f, err := p.b.executables(1, size)
	if err != nil {
		return "", err
	}
	c, _ := p.ourselves(ctx, f, "facets-reconcile", "", "dist/tool-%02d")
	usage, err := c.run(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("\nOne package of %s, by facets-reconcile: %s, %s at most.\n", megabytes(size),
		usage.Elapsed.Round(100*time.Millisecond), megabytes(usage.Peak)), nil
}

func percent(a, b int64) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%+.2f %%", 100*(float64(a)/float64(b)-1))
}

func maximum(values []int64) (most int64) {
	for _, v := range values {
		most = max(most, v)
	}
	return most
}
