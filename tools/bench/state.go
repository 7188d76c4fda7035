package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/tools/bench/link"
	"github.com/agent-facets/facets-reconcile/tools/bench/page"
	"github.com/agent-facets/facets-reconcile/tools/bench/sink"
)

// exchanges is how many round trips plan cannot do at once: to connect, to read a manifest, and to ask for the tarball that
// it names. The dist-tags are read beside the manifest.
const exchanges = 3

// state measures how long it takes to find out that everything is there, at several latencies.
func state(ctx context.Context, b *bench) (string, error) {
	var names []string
	for i := range 13 {
		names = append(names, fmt.Sprintf("@bench/tool-%02d", i))
	}
	file, err := declare(filepath.Join(b.work, "state"), "state.yaml", "", "", names)
	if err != nil {
		return "", err
	}
	address, stop, err := serve(ctx, sink.New(sink.Options{Present: version}))
	if err != nil {
		return "", err
	}
	defer stop()

	roundTrips := []time.Duration{0, 20 * time.Millisecond, 100 * time.Millisecond}
	if b.quick {
		roundTrips = []time.Duration{0, 100 * time.Millisecond}
	}
	head, order := []string{"client"}, []string{}
	cells, notes := map[string][]string{}, ""
	for _, roundTrip := range roundTrips {
		r := reading{b: b, names: names, file: file}
		scores, err := r.measure(ctx, address, roundTrip)
		if err != nil {
			return "", err
		}
		head = append(head, fmt.Sprintf("%d ms", roundTrip.Milliseconds()), "× plan")
		plan := find(scores, "facets-reconcile plan")
		order = order[:0]
		for _, s := range scores {
			order = append(order, s.name)
			if own := find(scores, s.name); own != nil {
				cells[s.name] = append(cells[s.name], seconds(s.time()), times(own, plan))
			} else {
				cells[s.name] = append(cells[s.name], "–", "–")
			}
		}
		notes += failures(scores)
		if plan != nil {
			notes += fmt.Sprintf("\nAt %v plan cannot take less than %d × %v = %v; it took %v, with %d requests over %d connections.\n",
				roundTrip, exchanges, roundTrip, exchanges*roundTrip, plan.time().Round(time.Millisecond), r.requests, r.connections)
		}
	}
	var rows [][]string
	for _, name := range order {
		rows = append(rows, append([]string{name}, cells[name]...))
	}
	return "State of 13 packages that are all there, by latency (of a round trip; a new connection costs one).\n\n" +
		page.Table(head, rows) + notes, nil
}

// reading is the state scenario at one latency.
type reading struct {
	b                     *bench
	names                 []string
	file                  string
	address               string // of the link
	requests, connections int64  // of plan
}

func (r *reading) measure(ctx context.Context, target string, roundTrip time.Duration) (_ []score, err error) {
	l, err := link.Open(ctx, target, link.Options{RoundTrip: roundTrip})
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }() // its listener
	r.address = l.Address()

	requests, connections := int64(0), int64(0)
	plan := r.once("facets-reconcile plan", r.b.program, "plan", "-f", r.file, "--detailed-exitcode")
	prepare := plan.prepare
	plan.prepare = func(ctx context.Context) ([]*exec.Cmd, error) {
		requests, connections = l.Requests(), l.Connections()
		return prepare(ctx)
	}
	plan.check = func() error {
		r.requests, r.connections = l.Requests()-requests, l.Connections()-connections
		return nil
	}
	contenders := []contender{plan}
	for _, peer := range r.b.peers {
		contenders = append(contenders, r.each(peer, 1), r.each(peer, len(r.names)))
	}
	if curl, err := exec.LookPath("curl"); err == nil {
		argv := []string{curl, "--silent", "--fail", "--parallel"}
		for _, name := range r.names {
			argv = append(argv, "--output", "/dev/null", "http://"+r.address+"/"+name+"/"+version)
		}
		contenders = append(contenders, r.once("curl, one process, manifests only", argv...))
	}
	return r.b.contest(ctx, contenders)
}

func (r *reading) once(name string, argv ...string) contender {
	return contender{name: name, parallel: 1, prepare: func(ctx context.Context) ([]*exec.Cmd, error) {
		env, err := r.b.home(r.address, "not-a-secret")
		return []*exec.Cmd{command(ctx, filepath.Dir(r.file), env, argv...)}, err
	}}
}

// each asks a peer for each package.
func (r *reading) each(peer peer, parallel int) contender {
	name := fmt.Sprintf("%d × %s view", len(r.names), peer.name)
	if parallel > 1 {
		name += ", side by side"
	}
	return contender{name: name, parallel: parallel, prepare: func(ctx context.Context) (commands []*exec.Cmd, err error) {
		env, err := r.b.home(r.address, "not-a-secret")
		for _, name := range r.names {
			argv := slices.Concat(peer.argv, peer.view, []string{name + "@" + version, "version"})
			commands = append(commands, command(ctx, filepath.Dir(r.file), env, argv...))
		}
		return commands, err
	}}
}
