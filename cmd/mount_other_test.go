//go:build unix && !linux

package cmd_test

import "errors"

func mountSmall(string, string) error { return errors.ErrUnsupported }

func remountSmall(string, string) error { return errors.ErrUnsupported }

func unmount(string) error { return nil }
