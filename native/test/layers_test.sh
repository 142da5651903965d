#!/usr/bin/env bash
# Who may include whom, from the bottom up: each file may include what stands before its own concept, and itself.
# JNI headers are JNI's business alone; the futex call stands in one file.
set -euo pipefail
cd "$(dirname "$0")/../.."

layers=(error outcome version layout atomic deadline failure errno_table fd process cpu pin futex mapping owner
    kill_point objects header directory publish thread spare_signal kick beacon segment participant wait watch
    pending descriptor open_file pipe fifo socket posix_memory posix_queue posix_semaphore sysv event program sync
    warden attachment role ring gate semaphore lock sequence latch barrier ringer wait_set share
    signal signal_set signal_look signal_sweep signal_table signal_name signal_target signal_net dispatcher)
status=0

rank() {
    local i
    for i in "${!layers[@]}"; do
        [[ ${layers[i]} == "$1" ]] && echo "$i" && return
    done
    echo "layers_test.sh: $1 has no layer" >&2
    exit 1
}

complain() {
    echo "$1" >&2
    status=1
}

for file in native/src/*.c native/src/internal/*.[ch]; do
    concept=$(basename "$file")
    concept=${concept%.*}
    concept=${concept%%_reader} concept=${concept%%_writer} # ring_reader.c is part of ring
    own=$(rank "$concept")
    while read -r included; do
        # Public headers hold types and constants, and layout.h needs those of all.
        [[ $file == native/src/internal/layout.h && $included == ring ]] && continue
        [[ $file == native/src/internal/objects.c && $included =~ ^(barrier|latch|semaphore)$ ]] && continue
        [[ $(rank "$included") -le $own ]] || complain "$file includes $included, which stands above it"
    done < <(sed -n 's|^#include "\(internal\|strait\)/\([a-z_]*\)\.h"|\2|p' "$file")
done

for file in $(grep -rlE '#include *[<"]jni' native --include='*.[ch]'); do
    [[ $file == native/jni/* || $file == native/test/kill/kill_jni.c ]] || complain "$file includes jni.h"
done
for file in $(grep -rl 'SYS_futex' native/src); do
    [[ $file == native/src/internal/futex.c ]] || complain "$file calls futex"
done
exit $status
