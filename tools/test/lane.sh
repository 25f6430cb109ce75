#!/bin/sh
# Runs a program with a /run and a bpffs of its own: named network namespaces, journals of switches, the lock of
# xtables and pins are not those of tests that run beside it, and go with it, however it ends.
#
#   unshare --mount --propagation private sh tools/test/lane.sh PROGRAM ARGUMENT...
set -e
mount -t tmpfs -o mode=0755 none /run
mkdir /run/netns
mount -t bpf -o mode=0700 none /sys/fs/bpf
exec "$@"
