package main

import (
	"bufio"
	"context"
	"crypto/sha1" //nolint:gosec // the shasum of npm's documents
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// Before a file is sent, the bare sender can unpack it once, which is the least that an inspection takes.
const (
	asItIs   = "as-it-is"
	unpacked = "unpacked"
)

// send is the bare sender, a process of its own: ADDRESS PARALLEL as-it-is|unpacked NAME FILE…
func send(ctx context.Context, args []string) error {
	if len(args) < 5 {
		return errors.New("send ADDRESS PARALLEL as-it-is|unpacked NAME FILE …")
	}
	parallel, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	to := sender{address: args[0]}
	for i := 3; i+1 < len(args); i += 2 {
		group.Go(func() error {
			file, err := os.Open(args[i+1]) //nolint:gosec // the bench names its own files
			if err != nil {
				return err
			}
			if args[2] == unpacked {
				err = unpack(file)
			}
			if err == nil {
				err = to.send(ctx, args[i], file)
			}
			return errors.Join(err, file.Close())
		})
	}
	return group.Wait()
}

func unpack(file io.ReadSeeker) error {
	contents, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, contents); err != nil {
		return err
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// sender publishes to a registry, with a token or without.
type sender struct{ address, token string }

// send hashes a tarball, and then encodes it into the body of its publish.
func (s sender) send(ctx context.Context, name string, file io.ReadSeeker) error {
	shasum, integrity := sha1.New(), sha512.New() //nolint:gosec // as above
	size, err := io.Copy(io.MultiWriter(shasum, integrity), file)
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	before, after, err := publication(name, hex.EncodeToString(shasum.Sum(nil)),
		"sha512-"+base64.StdEncoding.EncodeToString(integrity.Sum(nil)), size)
	if err != nil {
		return err
	}
	body, encoding := io.Pipe()
	go func() {
		chunks := bufio.NewWriterSize(encoding, 64<<10) // else a kilobyte at a time crosses the pipe
		encoder := base64.NewEncoder(base64.StdEncoding, chunks)
		_, err := io.Copy(encoder, file)
		_ = encoding.CloseWithError(errors.Join(err, encoder.Close(), chunks.Flush())) // never an error
	}()
	defer func() { _ = body.Close() }()
	address := "http://" + s.address + "/" + url.PathEscape(name)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, address, //nolint:gosec // on loopback
		io.MultiReader(strings.NewReader(before), body, strings.NewReader(after)))
	if err != nil {
		return err
	}
	request.ContentLength = int64(len(before)) + (size+2)/3*4 + int64(len(after))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("npm-command", "publish")
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := http.DefaultClient.Do(request) //nolint:gosec // an address on loopback
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("publishing %s: %s: %s", name, response.Status, answer)
	}
	return errors.Join(err, response.Body.Close())
}

// publication returns what stands before and after the tarball in a publish.
func publication(name, shasum, integrity string, size int64) (before, after string, err error) {
	document, err := json.Marshal(map[string]any{
		"_id": name, "name": name, "access": "public", "dist-tags": map[string]string{"latest": version},
		"versions": map[string]any{version: map[string]any{"name": name, "version": version, "_id": name + "@" + version,
			"dist": map[string]string{"integrity": integrity, "shasum": shasum}}},
	})
	if err != nil {
		return "", "", err
	}
	before = strings.TrimSuffix(string(document), "}") + `,"_attachments":{"` + name + "-" + version +
		`.tgz":{"content_type":"application/octet-stream","data":"`
	return before, `","length":` + strconv.FormatInt(size, 10) + `}}}`, nil
}
