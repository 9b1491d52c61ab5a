#!/usr/bin/env bash
# Three peers with a store each are killed at once, again and again, while they are busy. Whichever comes back first has
# all that its user was shown; all together go on with one state.
#
# usage: store_test.sh RECTANGLE
set -euo pipefail

rectangle=$1
folder=$(mktemp -d)
declare -A pids=() in=() out=()
trap '((${#pids[@]} == 0)) || kill -9 "${pids[@]}"; rm -rf "$folder"' EXIT
cd "$folder"
fail() {
  echo "store_test: $*" >&2
  exit 1
}

# usage: start PEER [ARGUMENTS]
start() {
  local peer=$1 reads writes
  shift
  mkfifo "$peer.in" "$peer.out" 2>/dev/null || true
  "$rectangle" --headless --control --quiet --listen 127.0.0.1:0 --store "$peer.tutti" --history full "$@" \
    <"$peer.in" >"$peer.out" &
  pids[$peer]=$!
  exec {writes}>"$peer.in" {reads}<"$peer.out"
  in[$peer]=$writes out[$peer]=$reads
  answer "$peer" ready
}
# usage: answer PEER EVENT: waits for it, into $line.
answer() {
  while read -rt 60 line <&"${out[$1]}"; do
    [[ $line != *"\"event\":\"$2\""* ]] || return 0
  done
  fail "peer $1 does not answer"
}
tell() { echo "$2" >&"${in[$1]}"; }
# usage: number PEER FIELD: of a report
number() {
  tell "$1" report
  answer "$1" report
  sed -E "s/.*\"$2\":([0-9]+).*/\1/" <<<"$line"
}
text() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/" <<<"$line"; }
# usage: wait_until PEER FIELD COMPARISON NUMBER: as test compares
wait_until() {
  local tries
  for ((tries = 0; tries < 600; ++tries)); do
    test "$(number "$1" "$2")" "$3" "$4" && return
    read -rt 0.1 <> <(:) || true
  done
  fail "$2 of peer $1 is not $3 $4, but $(number "$1" "$2")"
}
kill_all() {
  local peer
  kill -9 "${pids[@]}"
  for peer in "${!pids[@]}"; do
    wait "${pids[$peer]}" 2>/dev/null || true
    eval "exec ${in[$peer]}>&- ${out[$peer]}<&-"
  done
  pids=() in=() out=()
}

said=0
for first in a b c a; do
  # It alone has everything it was shown; and tells the others.
  start "$first"
  endpoint=$(text endpoint)
  wait_until "$first" events -eq "$said"
  for peer in a b c; do
    [[ $peer == "$first" ]] || start "$peer" --link "$endpoint"
  done
  begin=$(number "$first" tick)
  for key in up down space left right; do
    for peer in a b c; do
      tell "$peer" "key $key"
      said=$((said + 1))
    done
  done
  for peer in a b c; do wait_until "$peer" events -eq "$said"; done
  # So long that they note the time: the next round goes on from there.
  wait_until a tick -ge $((begin + 150))
  kill_all
done

start b
wait_until b events -eq "$said"
(($(number b tick) > 200)) || fail "the session began anew"
tell b quit
wait "${pids[b]}"
pids=()

[[ -s a.tutti.key && -s a.tutti ]] || fail "no store"
head -c 5000 /dev/urandom >damaged.tutti
if "$rectangle" --headless --store damaged.tutti --seconds 1 2>said.txt; then fail "took a damaged store"; fi
grep -q "'damaged.tutti' is no store of a session" said.txt || fail "said: $(cat said.txt)"
