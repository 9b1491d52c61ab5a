# A floor knows nothing of higher ones: for every pair of floors, a file that includes a header of the higher one must
# not build with what the lower one sees. That the same file builds with what the higher one sees proves that the header
# is there and that the floor is the reason.
#
# Takes: compiler, sources (the folder of the floors), work (a folder to write to), and floors: a file with one line a
# floor, from the ground up: its name and the include directories of its users, separated by semicolons.

file(STRINGS ${floors} lines)
list(LENGTH lines count)
if(count LESS 2)
  message(FATAL_ERROR "${floors} names ${count} floors: there is nothing to compare")
endif()
math(EXPR last "${count} - 1")

function(compile_with line outcome output)
  set(flags)
  list(SUBLIST line 1 -1 directories)
  foreach(directory ${directories})
    list(APPEND flags -I${directory})
  endforeach()
  execute_process(
    COMMAND ${compiler} -std=c++23 -fsyntax-only ${flags} ${work}/probe.cpp
    RESULT_VARIABLE result
    OUTPUT_VARIABLE text
    ERROR_VARIABLE text)
  set(${outcome} ${result} PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

# file(STRINGS) keeps the semicolons of a line escaped, so that a line is one element.
foreach(upper RANGE 0 ${last})
  list(GET lines ${upper} line)
  list(GET line 0 name)
  file(GLOB headers RELATIVE ${sources} ${sources}/${name}/*.hpp)
  if(NOT headers)
    message(FATAL_ERROR "floor ${name} has no header")
  endif()
  list(GET headers 0 header)
  file(WRITE ${work}/probe.cpp "#include \"tutti/${header}\"\n")

  compile_with("${line}" outcome output)
  if(NOT outcome EQUAL 0)
    message(SEND_ERROR "tutti/${header} does not build on its own floor:\n${output}")
  endif()

  if(upper EQUAL 0)
    continue()
  endif()
  math(EXPR below "${upper} - 1")
  foreach(lower RANGE 0 ${below})
    list(GET lines ${lower} lower_line)
    list(GET lower_line 0 lower_name)
    compile_with("${lower_line}" outcome output)
    # gcc's words, then clang's.
    if(outcome EQUAL 0 OR NOT output MATCHES "tutti/${header}(: No such file|' file not found)")
      message(SEND_ERROR "floor ${lower_name} can see tutti/${header} of the higher floor ${name}\n${output}")
    endif()
  endforeach()
endforeach()
