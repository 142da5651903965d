# What ci/demo, ci/test and ci/bench share. Sourced by bash scripts that have set -euo pipefail.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# cmake --build, Maven's too, compiles with all processors. Half of the C tests sleep most of the time.
CMAKE_BUILD_PARALLEL_LEVEL=$(nproc)
CTEST_PARALLEL_LEVEL=$((2 * CMAKE_BUILD_PARALLEL_LEVEL))
export CMAKE_BUILD_PARALLEL_LEVEL CTEST_PARALLEL_LEVEL

# need PACKAGE:PROBE ...: installs the Debian packages whose probe (a command, or a file) is missing; without the
# right to do so prints the command and stops.
need() {
    local missing=() pair package probe
    for pair in "$@"; do
        package=${pair%%:*} probe=${pair#*:}
        if [[ $probe == /* ]]; then
            compgen -G "$probe" >/dev/null || missing+=("$package")
        else
            command -v "$probe" >/dev/null || missing+=("$package")
        fi
    done
    [[ ${#missing[@]} -eq 0 ]] && return
    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "Missing: ${missing[*]}. Install them first:" >&2
        echo "    sudo apt-get update && sudo $install" >&2
        exit 1
    fi
    echo "Installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    logged apt-update apt-get update && logged apt-install $install || exit 1
}

# What every build needs.
need_build() {
    need openjdk-17-jdk-headless:/usr/lib/jvm/*17*/bin/javac maven:mvn cmake:cmake make:make gcc:gcc \
        libc6-dev:/usr/include/stdio.h "$@"
    JAVA_HOME=$(jdk 17)
    export JAVA_HOME
    [[ -n $JAVA_HOME ]] || {
        echo "No JDK 17 below /usr/lib/jvm" >&2
        exit 1
    }
}

# What the C tests need beside.
need_c_tests() {
    need cmake:cmake make:make gcc:gcc g++:g++ libc6-dev:/usr/include/stdio.h pkg-config:pkg-config \
        libcmocka-dev:/usr/include/cmocka.h spin:spin clang-format:clang-format
}

# jdk VERSION: the home of an installed JDK of that version; nothing when there is none.
jdk() {
    local home
    for home in /usr/lib/jvm/*; do
        if [[ -x $home/bin/javac && -f $home/release && ! -L $home ]] &&
            grep -q "^JAVA_VERSION=\"$1[.\"]" "$home/release"; then
            echo "$home"
            return
        fi
    done
}

# logged NAME COMMAND...: runs a command with its output in target/log/NAME.log, and shows that when it fails.
logged() {
    local log=target/log/$1.log
    mkdir -p target/log
    shift
    "$@" >"$log" 2>&1 || {
        echo "Failed: $*" >&2
        tail -n 60 "$log" >&2
        return 1
    }
}

# Maven without a terminal's colours.
maven() {
    mvn -B -Dstyle.color=never "$@"
}
