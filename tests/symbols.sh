#!/usr/bin/env bash
# A peer gets time, randomness and messages from its runtime, never from the system: the libraries of a peer's floors
# must not even name a socket, a clock, a thread, a file or a random source. Looks at their undefined symbols.
#
# usage: symbols.sh NM SOURCES FORBIDDEN_LIBRARY FLOOR=LIBRARY...
# SOURCES is the folder of the floors, FORBIDDEN_LIBRARY one that does what no peer may and so must be caught. A
# library called `none` means that the build knows no library of that floor.
set -euo pipefail

nm=$1 sources=$2 forbidden_library=$3
shift 3

# Of C: whole names.
c_names='socket|socketpair|bind|connect|listen|accept4?|shutdown|send|sendto|sendm?msg|recv|recvfrom|recvm?msg'
c_names+='|poll|ppoll|select|pselect|epoll_[a-z0-9_]+|eventfd|getaddrinfo|gethostbyname'
c_names+='|clock_gettime|clock_getres|clock_nanosleep|gettimeofday|time|ftime|clock|localtime(_r)?|gmtime(_r)?'
c_names+='|nanosleep|usleep|sleep|alarm|setitimer|timer_create|timerfd_[a-z]+'
c_names+='|pthread_create|pthread_cond_[a-z]+|thrd_create|fork|vfork|exec[vlpe]+|posix_spawnp?|system|popen'
c_names+='|rand|srand|rand_r|random|srandom|[delmnj]rand48|getrandom|getentropy|arc4random[a-z_]*'
c_names+='|open(64)?|openat(64)?|creat(64)?|fopen(64)?|freopen(64)?|read|getenv|secure_getenv'
# Of C++: how a demangled name begins.
cpp_names='std::(chrono::_V2::[a-z_]+::now|random_device::|thread::|jthread::|this_thread::|condition_variable'
cpp_names+='|basic_(i|o)?fstream|basic_filebuf|filesystem::|__cxx11::basic_filebuf)'

forbidden_symbols_of() {
  "$nm" -C --undefined-only "$1" | sed -nE 's/^ *[Uw] //p' | sort -u |
    { grep -E "^(($c_names)(@.*)?\$|$cpp_names)" || [[ $? == 1 ]]; }
}

caught=$(forbidden_symbols_of "$forbidden_library")
for symbol in clock_gettime socket rand 'std::chrono::_V2::steady_clock::now' 'std::random_device::' \
  'std::basic_filebuf' 'std::thread::'; do
  if ! grep -qF "$symbol" <<<"$caught"; then
    echo "the check itself is broken: it did not find $symbol in $forbidden_library" >&2
    exit 1
  fi
done

failed=0 checked=0
for pair in "$@"; do
  floor=${pair%%=*} library=${pair#*=}
  if [[ $library == none ]]; then
    if compgen -G "$sources/$floor/*.cpp" | grep -qv '_test\.cpp$'; then
      echo "floor $floor has sources, but the build knows no library of it" >&2
      failed=1
    fi
    continue
  fi
  found=$(forbidden_symbols_of "$library")
  checked=$((checked + 1))
  if [[ -n $found ]]; then
    printf 'floor %s uses what only the runtime may:\n%s\n' "$floor" "$found" >&2
    failed=1
  fi
done
if ((checked == 0)); then
  echo "no library was checked" >&2
  exit 1
fi
exit "$failed"
