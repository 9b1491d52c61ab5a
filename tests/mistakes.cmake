# A mistake in an application is refused by the compiler in a sentence that says what to do, ahead of everything else it
# says. Each file under mistakes/ holds one, and begins with `// says: ` and a part of the sentence; the one that says
# `nothing` must build.
#
# Takes: compiler, file, directories (where it finds our headers, separated by semicolons).

file(READ ${file} text)
if(NOT text MATCHES "^// says: ([^\n]+)\n")
  message(FATAL_ERROR "${file} does not begin with `// says: ` and a sentence")
endif()
set(sentence "${CMAKE_MATCH_1}")

list(TRANSFORM directories PREPEND -I)
execute_process(
  COMMAND ${compiler} -std=c++23 -fsyntax-only -fdiagnostics-color=never ${directories} ${file}
  RESULT_VARIABLE outcome
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)

if(sentence MATCHES "^nothing")
  if(NOT outcome EQUAL 0)
    message(FATAL_ERROR "${file} holds no mistake and does not build:\n${output}")
  endif()
  return()
endif()
if(outcome EQUAL 0)
  message(FATAL_ERROR "${file} builds: the mistake is not found")
endif()
string(REGEX MATCH "error: [^\n]*" error "${output}")
string(FIND "${error}" "${sentence}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${file} is not refused with these words: ${sentence}\n${output}")
endif()
