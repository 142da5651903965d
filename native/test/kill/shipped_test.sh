#!/bin/sh
# What is shipped knows nothing of kill points; the second build does, or this would prove nothing.
#
# usage: shipped_test.sh SECOND_BUILD SHIPPED...
set -eu
second=$1
shift
word='strait_kill_point|STRAIT_KILL'

names() {
    { nm "$1" && strings -a "$1"; } | grep -cE "$word" || true
}

test "$(names "$second")" -gt 1
for file; do
    test -s "$file"
    found=$(names "$file")
    echo "$file: $found"
    test "$found" -eq 0
done
