// Package world makes the project of the pictures, and a sandbox of it in which something of each kind is wrong that the
// nightly check can find. What the check has to say of it is a spec of e2e.
package world
