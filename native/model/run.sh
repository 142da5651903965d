#!/usr/bin/env bash
# Searches all states of one model, and compares what Spin finds with what is expected.
#
#     run.sh MODEL.pml expect-pass|expect-fail [-DSWITCH ...]
#
# expect-pass wants a search that came to its end and found nothing, expect-fail a violated assertion or an
# invalid end state. Whatever else happens is neither: a model that does not compile, a switch that it does
# not have, an error that is not the protocol's, a search that was cut short.
#
# SPIN and CC name the programs, "spin" and "gcc" without them.
set -eu

readonly MEMORY_MB=4096
readonly DEPTH=100000

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

says() {
    grep -qiE "$1" pan.txt
}

[ $# -ge 2 ] || die "usage: run.sh MODEL.pml expect-pass|expect-fail [-DSWITCH ...]"
model=$(basename "$1")
expected=$2
case $expected in
expect-pass | expect-fail) ;;
*) die "expect-pass or expect-fail, not $expected" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work"
cd "$work"
shift 2
title="$model${*:+ $*}"

for switch in "$@"; do
    grep -qE "^#if(def|ndef) ${switch#-D}\$" "$model" || die "$model has no switch $switch"
done
"${SPIN:-spin}" -a "$@" "$model" >spin.txt 2>&1 || die "$title: $(cat spin.txt)"
[ ! -s spin.txt ] || die "$title: $(cat spin.txt)" # a warning is an error
# Compiling takes longer than a search that ends early.
optimise=-O1
[ "$expected" = expect-pass ] || optimise=-O0
"${CC:-gcc}" $optimise -w -DSAFETY -DMEMLIM=$MEMORY_MB -o pan pan.c
status=0
./pan -m$DEPTH >pan.txt 2>&1 || status=$?

# "Search not completed" also stands under a search that stopped at what it was to find. An index out of
# bounds is reported as a violated assertion, but is the model's own error.
verdict=none
if ! says "max search depth|out of memory|MEMLIM|VECTORSZ|invalid array index"; then
    if says "^pan:1: (invalid end state|assertion violated )" && says "errors: 1$"; then
        verdict=expect-fail
    elif [ $status -eq 0 ] && says "errors: 0$" && ! says "^pan:[0-9]|not completed|error:"; then
        verdict=expect-pass
    fi
fi

if [ "$verdict" = "$expected" ]; then
    grep -E "^pan:1:|errors:|states, stored|elapsed time" pan.txt
    exit 0
fi
cat pan.txt
case $verdict in
expect-fail)
    "${SPIN:-spin}" -t -p -g -l "$@" "$model" 2>&1 || true
    die "$title: found a violation, see above"
    ;;
expect-pass) die "$title: found no violation" ;;
none) die "$title: no verdict, pan ended with $status" ;;
esac
