#!/usr/bin/env bash
# Every rule of style.sh, broken once in a small tree, must be reported; the same tree without the faults must pass.
#
# usage: style_test.sh WORK_FOLDER
set -euo pipefail

work=$1
style=$(dirname "$(readlink -f "$0")")/style.sh
rm -rf "$work"
mkdir -p "$work/tutti/base"
cd "$work"

# usage: expect_refusal FILE TEXT...: a file of these lines must be named.
expect_refusal() {
  local file=$1 report
  shift
  printf '%s\n' "$@" >"$file"
  if report=$("$style" "$work" 2>&1) || ! grep -qF "$file" <<<"$report"; then
    printf 'style.sh did not name %s of:\n%s\n' "$file" "$(head -n 5 "$file")" >&2
    exit 1
  fi
  rm "$file"
}

printf '%s\n' '// A number.' '#pragma once' 'inline constexpr int number = 1;  // not std::normal_distribution' \
  >tutti/base/good.hpp
"$style" "$work"

expect_refusal tutti/base/later.cpp '// TO''DO: write this'
expect_refusal tutti/base/untold.hpp '#pragma once'
expect_refusal tutti/base/twice.hpp '// A story.'
expect_refusal tutti/base/whole.cpp '#include "tutti/base/part.cpp"'
expect_refusal tutti/base/pointer.cpp 'int* nothing = NULL;'
expect_refusal tutti/base/alias.hpp '// A story.' '#pragma once' 'typedef int Number;'
expect_refusal tutti/base/clock.cpp 'auto now() { return std::chrono::steady_clock::now(); }'
expect_refusal tutti/base/chance.cpp 'std::uniform_int_distribution<int> d;'
expect_refusal tutti/base/nap_test.cpp 'void nap() { std::this_thread::sleep_for(duration); }'
expect_refusal tutti/base/nap2_test.cpp 'void nap() { usleep(10); }'
mapfile -t long < <(yes '//' | head -n 601 || true)
expect_refusal tutti/base/long.cpp "${long[@]}"
