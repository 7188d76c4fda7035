// Package world makes the project of the pictures, and a sandbox of it in which something of each kind is wrong that the
// nightly check can find. The test of tools/pictures says what the check finds in it. Start reading at Make.
package world
