package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// caption says where and when a section was measured, with what, and how to do it again.
func (b *bench) caption(ctx context.Context, name string) string {
	var versions []string
	for _, p := range b.peers {
		versions = append(versions, p.name+" "+p.version)
	}
	of := "the tree of a commit that git does not tell"
	if commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		of = "commit " + strings.TrimSpace(string(commit))
	}
	text := fmt.Sprintf("Measured %s of %s; %s; %s; %d rounds. Again: `make bench BENCH='-run %s -rounds %d'`.\n",
		time.Now().UTC().Format(time.DateOnly), of, hardware(), strings.Join(versions, ", "), b.rounds, name, b.rounds)
	for _, missing := range b.missing {
		text += "Left out: " + missing + ".\n"
	}
	return text
}

// hardware describes the machine.
func hardware() string {
	model := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, after, found := bytes.Cut(info, []byte("model name")); found {
			line, _, _ := bytes.Cut(after, []byte("\n"))
			model = string(bytes.TrimLeft(line, "\t: "))
		}
	}
	kernel := runtime.GOOS
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = "Linux " + strings.TrimSpace(string(release))
	}
	return fmt.Sprintf("%d cores of %s, %s, %s", runtime.NumCPU(), model, kernel, runtime.Version())
}
