#!/usr/bin/env bash
# Rules of the code that a pattern can check. Names each place that breaks one and what to do instead.
#
# usage: style.sh ROOT
set -euo pipefail

cd "$1"
failed=0 # set by refuse
lines_max=600

# usage: refuse WHY < PLACES: reports the places, one a line; there must be none.
refuse() {
  local places
  places=$(cat)
  [[ -n $places ]] || return 0
  printf '%s:\n%s\n' "$1" "$places" >&2
  failed=1
}

# usage: find_in PATTERN FILES...: places of an extended pattern outside comments, as file:line: text.
find_in() {
  local pattern=$1
  shift
  (($# > 0)) || return 0
  awk -v pattern="$pattern" '{ code = $0; sub(/\/\/.*/, "", code) }
                             code ~ pattern { print FILENAME ":" FNR ": " $0 }' "$@"
}

folders=()
for folder in tutti tools apps bench tests fuzz cmake docs experiments; do
  [[ -d $folder ]] && folders+=("$folder")
done
mapfile -t files < <(find "${folders[@]}" -type f \( -name '*.?pp' -o -name '*.cmake' -o -name '*.sh' -o \
  -name '*.txt' -o -name '*.md' -o -name '*.toml' \) | sort)
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep -E '\.[ch]pp$' || true)
mapfile -t headers < <(printf '%s\n' "${files[@]}" | grep -E '\.hpp$' || true)
if ((${#sources[@]} == 0)); then
  echo "$1 holds no sources: is it the project's folder?" >&2
  exit 1
fi

# In two parts, so that this file does not name them.
later='(TO''DO|FIX''ME)([^A-Za-z]|$)'
refuse "notes for later belong in an issue, or as a sentence that says why not" \
  < <(grep -nE "$later" "${files[@]}" || true)

refuse "a file holds one idea in at most $lines_max lines" < <(
  wc -l "${sources[@]}" | awk -v most="$lines_max" '$2 != "total" && $1 > most { print $2 ": " $1 " lines" }'
)

refuse "a header opens with the story of its idea, in sentences" < <(
  for file in "${headers[@]}"; do
    head -n 1 "$file" | grep -q '^// ' || echo "$file"
  done
)
refuse "a header says #pragma once" < <(grep -LFx '#pragma once' "${headers[@]}" /dev/null | grep -v '^/dev/null$')

refuse "a source is compiled, not included" < <(find_in '#include ".*\\.cpp"' "${sources[@]}")
refuse "no pointer is written nullptr" < <(find_in '(^|[^A-Za-z_])NULL([^A-Za-z_]|$)' "${sources[@]}")
refuse "an alias is written with using" < <(find_in '(^|[^A-Za-z_])typedef ' "${sources[@]}")

mapfile -t tests < <(printf '%s\n' "${sources[@]}" | grep -E '(^tests/|_test\.cpp$)' || true)
refuse "a test does not sleep: wait for what happens, or use virtual time" \
  < <(find_in '(sleep_for|sleep_until|[^a-z_]u?sleep *\\()' "${tests[@]}")

# Where the real world begins: these floors hand time and randomness to all others. Benchmarks and tests of the house
# may measure it.
mapfile -t inside < <(printf '%s\n' "${sources[@]}" |
  grep -vE '^(tutti/(runtime|net|live|play)/|bench/|tests/)' || true)
refuse "time and randomness come from the Runtime" \
  < <(find_in '(system_clock|steady_clock|high_resolution_clock|random_device)' "${inside[@]}")
refuse "its algorithm is not fixed by the standard: use tutti::Random" \
  < <(find_in 'std::[a-z_]+_distribution|std::(ranges::)?(shuffle|sample) *\\(' "${sources[@]}")

exit "$failed"
