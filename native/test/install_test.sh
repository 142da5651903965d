#!/bin/sh
# Installs the library into a prefix of its own, and builds and runs programs against that prefix alone: with
# pkg-config, with CMake's find_package, shared and static, from C and from C++.
#
# usage: install_test.sh BUILD_DIRECTORY SOURCE_DIRECTORY VERSION CMAKE C_COMPILER
set -eu
build=$1
source=$2
version=$3
cmake=$4
compiler=$5
here=$source/native/test/install
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check_installed() { # PREFIX LIBRARY_DIRECTORY
    for header in "$source"/native/include/strait/*.h; do
        cmp "$header" "$1/include/strait/$(basename "$header")"
    done
    test "$(readlink "$2/libstrait.so")" = libstrait.so.0
    for file in libstrait.so.0 libstrait.a pkgconfig/strait.pc cmake/strait/strait-config.cmake \
        cmake/strait/strait-config-version.cmake cmake/strait/strait-targets.cmake; do
        test -s "$2/$file"
    done
    if grep -rF -e "$build" -e "$source/native" "$1" --include=*.pc --include=*.cmake --include=*.h; then
        echo "an installed file names a directory of the build" >&2
        exit 1
    fi
}

use_pkg_config() { # PREFIX LIBRARY_DIRECTORY
    export PKG_CONFIG_LIBDIR="$2/pkgconfig"
    test "$(pkg-config --modversion strait)" = "$version"
    # shellcheck disable=SC2046 # these are lists of words
    "$compiler" -std=c17 -Wall -Wextra -Wpedantic -Werror "$here/message.c" \
        $(pkg-config --cflags --libs strait) -o "$work/message"
    objdump -p "$work/message" | grep -q 'NEEDED *libstrait.so.0$'
    LD_LIBRARY_PATH=$2 "$work/message"
    # shellcheck disable=SC2046
    "$compiler" -std=c17 "$here/message.c" $(pkg-config --cflags strait) "$2/libstrait.a" \
        -o "$work/message-static"
    "$work/message-static"
    rm "$work/message" "$work/message-static"
}

use_find_package() { # PREFIX
    rm -rf "$work/consumer"
    "$cmake" -S "$here" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$1" -DSTRAIT_VERSION="$version" >/dev/null
    "$cmake" --build "$work/consumer" >/dev/null
    "$work/consumer/message-shared"
    "$work/consumer/message-static"
}

install_and_use() { # BUILD_DIRECTORY PREFIX
    "$cmake" --install "$1" --prefix "$2" >/dev/null
    library_directory=$(dirname "$(find "$2" -name libstrait.a)")
    check_installed "$2" "$library_directory"
    use_pkg_config "$2" "$library_directory"
    use_find_package "$2"
    echo "used from ${library_directory#"$2"/}"
}

install_and_use "$build" "$work/prefix"

# Some distributions have one more directory, for the architecture.
architecture=$("$compiler" -print-multiarch 2>/dev/null || true)
if [ -n "$architecture" ]; then
    "$cmake" -S "$source" -B "$work/build" -DCMAKE_C_COMPILER="$compiler" -DBUILD_TESTING=OFF \
        -DCMAKE_INSTALL_LIBDIR="lib/$architecture" >/dev/null
    "$cmake" --build "$work/build" >/dev/null
    install_and_use "$work/build" "$work/multiarch"
fi
