package memory_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// TestMemoryIsBounded measures the whole program, at 32 requests at once as by default, against a registry each of whose answers is as
// long as whoever reads it allows. A program that does nothing has about 20 MB.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := build(t)
	t.Run("of what deprecates 2 000 versions", func(t *testing.T) { deprecatesMany(t, program) })

	const most = 120 // MB
	for name, hostile := range hostileAnswers() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := httptest.NewServer(hostile)
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			output, peak := measure(ctx, t, program, "plan", "--file", "../../../desired-state.yaml",
				"--registry", server.URL, "--tag", "agent-facets@1.0.0", "--concurrency", "32")
			t.Logf("peak %d MB", peak>>20)
			g.Expect(peak >> 20).To(BeNumerically("<", most))
			g.Expect(len(output)).To(BeNumerically("<", 64<<10), "%.2000s", output)
			g.Expect(output).To(ContainSubstring("agent-facets"))
			g.Expect(output).NotTo(Or(ContainSubstring("\x1b"), ContainSubstring("panic"), ContainSubstring("goroutine")))
		})
	}
}

// build builds the program.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", program, "../../../cmd/facets-reconcile")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as e2e builds it, so that all but the linking is shared
	built, err := build.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), "%s", built)
	return program
}

// measured names the variable that makes this program measure another.
const measured = "FACETS_MEASURE"

// measure runs a program and returns what it wrote and the most memory that it ever held, in bytes.
//
// Linux counts the peak of a process from that of the one that started it. A new one, which has held little, starts it here.
func measure(ctx context.Context, t *testing.T, command ...string) (output string, peak int64) {
	t.Helper()
	g := NewWithT(t)
	starter := exec.CommandContext(ctx, os.Args[0], append([]string{"-test.run=^TestMeasure$", "--"}, command...)...)
	starter.Env = append(os.Environ(), measured+"=1", "NO_COLOR=1")
	starter.WaitDelay = time.Second
	written, err := starter.Output()
	g.Expect(err).NotTo(HaveOccurred(), "%s", written)
	output, result, found := strings.Cut(string(written), "\x00")
	g.Expect(found).To(BeTrue(), output)
	_, err = fmt.Sscan(result, &peak)
	g.Expect(err).NotTo(HaveOccurred())
	return output, peak
}

// TestMeasure is no test but measure's other half.
func TestMeasure(t *testing.T) {
	if os.Getenv(measured) == "" {
		t.Skip("only for measure")
	}
	command := exec.CommandContext(t.Context(), flag.Arg(0), flag.Args()[1:]...)
	output, _ := command.CombinedOutput() // what it makes of such answers is an error, rightly
	_, _ = fmt.Fprintf(os.Stdout, "%s\x00%d\n", output, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss<<10)
}

// endless is how much of everything is sent, in bytes.
const endless = 1 << 30

func hostileAnswers() map[string]http.HandlerFunc {
	fill := func(status int, before, between string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			repeat(w, endless, before, between)
		}
	}
	// raw is for what no server of net/http sends.
	raw := func(before, between string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			connection, buffer, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer func() { _ = connection.Close() }()
			repeat(buffer, endless, before, between)
		}
	}
	const most = 3<<20 - 1<<10 // that a manifest may have
	written := func(write func(w io.Writer)) []byte {
		var b bytes.Buffer
		write(&b)
		return b.Bytes()
	}
	filled := func(before, between, after string) http.HandlerFunc {
		return manifest(before, written(func(w io.Writer) { repeat(w, most, "", between) }), after)
	}
	numbered := func(before, format, after string) http.HandlerFunc {
		return manifest(before, written(func(w io.Writer) { number(w, most, format) }), after)
	}
	tags := written(func(w io.Writer) { number(w, 256<<10-1<<10, `"%x":"",`) })
	bomb := compressed(`{"name":"`, "x")
	return map[string]http.HandlerFunc{
		"a string":               fill(200, `{"name":"`, "x"),
		"a nesting":              fill(200, "", "["),
		"a nesting in a field":   fill(200, `{"optionalDependencies":`, `{"a":`),
		"white space":            fill(200, "", " "),
		"a refusal":              fill(403, `{"error":"`, "\x1b[31mx"),
		"a refusal of objects":   fill(403, `{"error":[`, "{},"),
		"a page of errors":       fill(500, "<html>", "<b>&amp;"),
		"an absence":             fill(404, `{"time":{"unpublished":`, `{"a":`),
		"an absence with a list": fill(404, `{"versions":{`, `"":{},`),
		"a header":               raw("HTTP/1.1 200 OK\r\nX-A: ", "x"),
		"many headers":           raw("HTTP/1.1 200 OK\r\n", "X: x\r\n"),
		"informational answers":  raw("", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
		"a compressed string": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		},
		"many dist-tags": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "{")
			_, _ = w.Write(tags)
			_, _ = io.WriteString(w, `"_":""}`)
		},
		"a list of nothing": filled(`"os":[`, `"",`, `""]`),
		"many dependencies": numbered(`"optionalDependencies":{`, `"%x":"",`, `"_":""}`),
		"unknown fields":    numbered(`"x":[`, `{"%x":[]},`, `0]`),
		"a long address":    filled(`"dist":{"tarball":"http://127.0.0.1:1/`, "x", `"}`),
		"a large readme":    filled(`"readme":"`, `\n`, `"`), // which is no attack
	}
}

// repeat writes before, and then the same over and over, so many bytes in all.
func repeat(w io.Writer, bytes int, before, between string) {
	block := strings.Repeat(between, 32<<10/len(between)+1)
	written, err := io.WriteString(w, before)
	for left := bytes - written; left > 0 && err == nil; left -= written {
		written, err = io.WriteString(w, block[:min(len(block), left/len(between)*len(between)+len(between))])
	}
}

// number writes the numbers from 0 on by a format, so many bytes in all.
func number(w io.Writer, bytes int, format string) {
	buffered := bufio.NewWriter(w)
	for i := 0; bytes > 0; i++ {
		n, err := fmt.Fprintf(buffered, format, i)
		if err != nil {
			return
		}
		bytes -= n
	}
	_ = buffered.Flush()
}

// manifest answers questions for manifests with the right name and version, and something in between.
func manifest(before string, between []byte, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
		if len(parts) != 2 {
			_, _ = io.WriteString(w, `{"latest":"1.0.0"}`)
			return
		}
		name, _ := url.PathUnescape(parts[0])
		_, _ = fmt.Fprintf(w, `{"name":%q,"version":%q,%s`, name, parts[1], before)
		_, _ = w.Write(between)
		_, _ = io.WriteString(w, after+"}")
	}
}

// compressed is what unpacks to a beginning and then the same over and over, endlessly: gzip takes several streams for one.
func compressed(before, between string) []byte {
	const piece = 32 << 20
	pack := func(size int, before, between string) []byte {
		var b bytes.Buffer
		zipped, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level exists
		repeat(zipped, size, before, between)
		_ = zipped.Close() // a Buffer takes everything
		return b.Bytes()
	}
	return slices.Concat(pack(len(before), before, between), bytes.Repeat(pack(piece, "", between), endless/piece))
}
