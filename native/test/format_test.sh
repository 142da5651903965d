#!/usr/bin/env bash
# The C files are as clang-format leaves them.
set -euo pipefail
cd "$(dirname "$0")/../.."
find native bench/c -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
