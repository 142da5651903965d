#!/bin/sh
# The shared library exports what the public headers declare, and wants no C library newer than glibc 2.17.
#
# usage: exports_test.sh LIBRARY INCLUDE_DIRECTORY COMPILER
set -eu
library=$1
include=$2
compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$compiler" -E -P -I"$include" "$include/strait/strait.h" | grep -v '^typedef' |
    grep -oE '\bstrait_[a-z0-9_]+\(' | tr -d '(' | sort -u >"$work/declared"
nm -D --defined-only "$library" | awk '{ print $NF }' | sort >"$work/exported"
test "$(wc -l <"$work/declared")" -gt 30
diff -u "$work/declared" "$work/exported"

case $(uname -m) in
x86_64 | aarch64)
    newest=$(objdump -T "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
    echo "needs $newest"
    test "$(printf '%s\n' "$newest" GLIBC_2.17 | sort -V | tail -n 1)" = GLIBC_2.17
    ;;
esac
