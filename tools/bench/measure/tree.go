package measure

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// interval is how often memory is looked at. A single process cannot hide a peak in between, as the kernel keeps its high-water mark.
const interval = 20 * time.Millisecond

// tree watches the memory of processes and all that descends from them.
type tree struct {
	mu    sync.Mutex
	roots map[int]bool
	peak  int64
}

func (t *tree) add(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.roots[pid] = true
}

func (t *tree) remove(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.roots, pid)
}

// watch samples until the context ends.
func (t *tree) watch(ctx context.Context) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.sample()
		}
	}
}

// sample adds up the resident memory of all processes. Pages that two of them share count twice.
func (t *tree) sample() {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sum int64
	for pid := range t.roots {
		resident, highest := memory(pid)
		sum += resident
		t.peak = max(t.peak, highest)
	}
	t.peak = max(t.peak, sum)
}

// memory returns what a process and its descendants hold, and the most that any one of them ever held, in bytes; zero for
// processes that have ended.
func memory(pid int) (resident, highest int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	resident, highest = kilobytes(status, "\nVmRSS:"), kilobytes(status, "\nVmHWM:")
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return resident, highest
	}
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil { // the thread has ended
			continue
		}
		for _, field := range bytes.Fields(children) {
			if child, err := strconv.Atoi(string(field)); err == nil {
				r, h := memory(child)
				resident, highest = resident+r, max(highest, h)
			}
		}
	}
	return resident, highest
}

func kilobytes(status []byte, field string) int64 {
	_, after, _ := bytes.Cut(status, []byte(field))
	fields := bytes.Fields(after)
	if len(fields) == 0 { // a process that is ending has no memory any more
		return 0
	}
	n, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
