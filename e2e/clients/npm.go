package clients

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// The pinned npm clients, by what tests call them.
const (
	NPM11 = "npm 11"
	NPM12 = "npm 12"
)

// Client is a pinned npm client: its npm-cli.js, and the Node that runs it.
type Client struct {
	Name, Node, Script string
}

// NPM returns the client called NPM11 or NPM12, which Install has installed. npm 11 runs on the Node of this machine. npm 12 may need a
// newer one, which comes from the lock file, too; the error wraps errors.ErrUnsupported where that has none for this platform.
func NPM(ctx context.Context, name string) (Client, error) {
	folder, node := "npm", "node"
	switch name {
	case NPM11:
	case NPM12:
		folder = "npm12"
		var err error
		if node, err = newerNode(ctx); err != nil {
			return Client{}, fmt.Errorf("%s cannot be run here: %w", name, err)
		}
	default:
		return Client{}, fmt.Errorf("e2e/clients pins no client %q", name)
	}
	script, err := File("node_modules", folder, "bin", "npm-cli.js")
	return Client{Name: name, Node: node, Script: script}, err
}

// newerNode is tried before it is given away: on Linux it may be there and ask for another libc.
func newerNode(ctx context.Context) (string, error) {
	architecture := runtime.GOARCH
	if architecture == "amd64" {
		architecture = "x64"
	}
	node, err := File("node_modules", "node-"+runtime.GOOS+"-"+architecture, "bin", "node")
	if err != nil {
		return "", err
	}
	if err := exec.CommandContext(ctx, node, "--version").Run(); err != nil { //nolint:gosec // its path is this checkout's own
		return "", fmt.Errorf("e2e/clients has no Node that runs on %s/%s: %w", runtime.GOOS, runtime.GOARCH,
			errors.Join(errors.ErrUnsupported, err))
	}
	return node, nil
}

// Command is the client's command line. It has the environment of this process until the caller gives it another.
func (c Client) Command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, c.Node, append([]string{c.Script}, args...)...) //nolint:gosec // a test says what is run
}
