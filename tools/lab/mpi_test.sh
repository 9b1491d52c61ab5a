#!/usr/bin/env bash
# A sweep that mpirun spreads over ranks finds what the same sweep finds alone; one that is interrupted keeps what is
# finished; a run that cannot be is reported once.
#
# usage: mpi_test.sh TUTTI MPIRUN
set -euo pipefail

tutti=$1
mpirun=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Containers are root; the machine may have fewer cores than the test has ranks.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
ranks=("$mpirun" --oversubscribe -n 3 "$tutti" lab run)
fail() {
  echo "mpi_test: $*" >&2
  exit 1
}

cat >"$folder/small.toml" <<'TOML'
name = "small"
stack = "averaging"
duration = "{20 * n}s"
repetitions = 4
network = "uniform:5ms-50ms+loss:1%"
scenario = ["flash peers=* at=2s within=4s"]
[topology]
kind = "none"
peers = 40
[[axis]]
name = "n"
values = [1, 2, 3]
[[measure]]
name = "variance"
value = "averaging.variance.min"
TOML

# Everything of each run but the seconds it took.
runs_of() { cut -d, -f1-5,7- "$folder/$1/runs.csv"; }

"$tutti" lab run "$folder/small.toml" --out "$folder/alone" >"$folder/alone.txt"
"${ranks[@]}" "$folder/small.toml" --out "$folder/together" >"$folder/together.txt"
diff <(runs_of alone) <(runs_of together) || fail "the ranks found something else"
diff "$folder/alone.txt" "$folder/together.txt" || fail "the ranks printed something else"

# Of what is finished, and a first one about the sweep.
lines() { cat "$folder/long/runs.jsonl" 2>/dev/null | wc -l; }

# Long enough that it cannot end by itself: it is interrupted as soon as its first run has been written.
"${ranks[@]}" "$folder/small.toml" --set repetitions=100 --set 'duration={20 * n * n * n * n * n * n * n * n * n * n * n * n}s' \
  --out "$folder/long" >"$folder/long.txt" 2>&1 &
sweep=$!
for _ in {1..600}; do
  [[ $(lines) -lt 3 ]] || break
  read -rt 0.1 <> <(:) || true
done
kill -TERM "$sweep"
wait "$sweep" && fail "an interrupted sweep is no success"
[[ $(lines) -ge 3 ]] || fail "what was finished is lost"

"${ranks[@]}" "$folder/small.toml" --set network=nonsense --set 'axis.n=1' --out "$folder/wrong" >"$folder/wrong.txt" 2>&1 &&
  fail "a mistake is no success"
[[ $(grep -c nonsense "$folder/wrong.txt") -eq 1 ]] || fail "a mistake is said more or less than once"
