#!/usr/bin/env bash
# A session is recorded, and its file does what the manual says: verified, printed, shown, tested; cut off,
# damaged and of nobody.
#
# usage: replay_test.sh TUTTI RECTANGLE
set -euo pipefail

tutti=$1
rectangle=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() {
  echo "replay_test: $*" >&2
  exit 1
}
# usage: expect STATUS WHAT COMMAND...: it ends with this status and says this, on either stream.
expect() {
  local status=$1 what=$2 found=0
  shift 2
  "$@" >said.txt 2>&1 || found=$?
  [[ $found -eq $status ]] || fail "'$*' ended with $found, not $status: $(cat said.txt)"
  grep -qE -- "$what" said.txt || fail "'$*' did not say '$what', but: $(cat said.txt)"
}

# Ends in order, as soon as both events are in its state.
coproc session { exec "$rectangle" --headless --control --quiet --listen 127.0.0.1:0 --record session.replay; }
pid=$session_PID # bash forgets it as soon as the process has ended
tick_of_report() {
  echo report >&"${session[1]}"
  while read -r line <&"${session[0]}"; do
    [[ $line != *'"event":"report"'* ]] || break
  done
  sed -E 's/.*"tick":([0-9]+).*/\1/' <<<"$line"
}
echo "key up" >&"${session[1]}"
echo "key space" >&"${session[1]}"
begin=$(tick_of_report)
until (($(tick_of_report) > begin + 60)); do read -rt 0.1 <> <(:) || true; done
echo quit >&"${session[1]}"
wait "$pid"

expect 0 '^verified: [0-9]+ states agree' "$tutti" replay session.replay --verify
expect 0 '#1 +Turn\{0, -1\}$' "$tutti" replay session.replay --print
expect 0 '#2 +Pause\{\}$' "$tutti" replay session.replay --print
[[ $("$tutti" replay session.replay --print --to 0 | wc -l) -eq 0 ]] || fail "printed what is after --to"
expect 0 '^at tick 0 \(0.000 s\) of ' "$tutti" replay session.replay --to 0 --headless --image begin.png
expect 0 '^at tick ' "$rectangle" --replay session.replay --headless --image end.png
[[ -s begin.png && -s end.png ]] || fail "no pictures"
cmp -s begin.png end.png && fail "the beginning looks like the end"
expect 2 'tick 99999999 is none of it' "$tutti" replay session.replay --to 99999999 --headless
expect 2 'requires|--replay' "$rectangle" --verify

expect 0 '^rectangle is deterministic as far as random events show, up to tick 200$' "$tutti" selftest rectangle --ticks 200
expect 0 '^rectangle is deterministic as far as the events of the recording show' "$tutti" selftest session.replay
expect 2 "there is no program 'nobody'" "$tutti" selftest nobody

bytes=$(stat -c %s session.replay)
head -c $((bytes - 3)) session.replay >cut.replay
expect 0 'was cut off: of [0-9]+ bytes, the first [0-9]+ are whole' "$tutti" replay cut.replay --print
expect 0 'Turn\{0, -1\}' "$tutti" replay cut.replay --print
{ head -c 34 session.replay; printf 'x'; tail -c +36 session.replay; } >damaged.replay
expect 1 'is damaged at byte [0-9]+: ' "$tutti" replay damaged.replay --verify
echo "something else" >other.replay
expect 1 'this is no replay file' "$tutti" replay other.replay
expect 2 'there is no such file' "$tutti" replay missing.replay
expect 2 'file is required' "$tutti" replay

mkdir alone && cp "$tutti" alone/
expect 2 "is a recording of 'rectangle': there is no program" env PATH=/usr/bin alone/tutti replay session.replay
expect 0 '^verified' env PATH="$(dirname "$rectangle"):$PATH" alone/tutti replay session.replay --verify
