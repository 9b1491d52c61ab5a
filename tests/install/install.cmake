# What a page promises to a newcomer must be true: installs tutti into an empty prefix, takes the first application and
# its CMakeLists.txt off the page, builds them outside the tree with find_package(tutti) and runs the result.
#
# The page must have
# - a block fenced by ```cpp whose first line is a comment with the file's name alone, such as `// counter.cpp`;
# - a block fenced by ```cmake that is a whole CMakeLists.txt with find_package(tutti ...) and builds a program of the
#   file's name without `.cpp`;
# - perhaps a block fenced by ```toml whose first line is a comment with a file's name: that file lies where the program runs.
#
# Takes: build (a finished build folder), work (a folder to write to), page, arguments (of the application), compiler,
# generator, sanitize (as -fsanitize takes it, may be empty).

cmake_policy(VERSION 3.25)
file(REMOVE_RECURSE ${work})
file(READ ${page} text)

# Sets `result` to the contents of the first fenced block that begins with `opening`, a regular expression.
function(block_of opening result)
  if(NOT text MATCHES "${opening}")
    message(FATAL_ERROR "${page} has no block that begins with ${opening}")
  endif()
  set(first "${CMAKE_MATCH_0}")
  string(FIND "${text}" "${first}" start)
  string(SUBSTRING "${text}" ${start} -1 rest)
  string(FIND "${rest}" "\n" fence_end)
  math(EXPR fence_end "${fence_end} + 1")
  string(SUBSTRING "${rest}" ${fence_end} -1 rest)
  string(FIND "${rest}" "\n```" length)
  if(length EQUAL -1)
    message(FATAL_ERROR "${page} never closes the block that begins with ${first}")
  endif()
  string(SUBSTRING "${rest}" 0 ${length} contents)
  set(${result} "${contents}\n" PARENT_SCOPE)
endfunction()

function(step what)
  execute_process(
    COMMAND ${ARGN}
    RESULT_VARIABLE outcome
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT outcome EQUAL 0)
    string(JOIN " " command ${ARGN})
    message(FATAL_ERROR "${what} failed (${outcome}): ${command}\n${output}")
  endif()
  message(STATUS "${what}: ok")
endfunction()

block_of("```cpp\n// *[A-Za-z0-9_]+\\.cpp *\n" application)
string(REGEX MATCH "^// *([A-Za-z0-9_]+)\\.cpp" unused "${application}")
set(name ${CMAKE_MATCH_1})
block_of("```cmake\n" lists)
if(NOT lists MATCHES "find_package\\(tutti")
  message(FATAL_ERROR "the first cmake block of ${page} does not find tutti:\n${lists}")
endif()
file(WRITE ${work}/${name}/${name}.cpp "${application}")
file(WRITE ${work}/${name}/CMakeLists.txt "${lists}")
set(heading "```toml\n# *([a-z_]+\\.toml) *\n")
if(text MATCHES "${heading}")
  set(experiment ${CMAKE_MATCH_1})
  block_of("${heading}" contents)
  file(WRITE ${work}/${name}/${experiment} "${contents}")
endif()

set(flags)
if(sanitize)
  set(flags -fsanitize=${sanitize})
endif()
separate_arguments(arguments UNIX_COMMAND "${arguments}")
step("installing" ${CMAKE_COMMAND} --install ${build} --prefix ${work}/prefix)
step("configuring ${name}" ${CMAKE_COMMAND} -S ${work}/${name} -B ${work}/build -G ${generator}
     -DCMAKE_PREFIX_PATH=${work}/prefix -DCMAKE_CXX_COMPILER=${compiler} -DCMAKE_CXX_FLAGS=${flags})
step("building ${name}" ${CMAKE_COMMAND} --build ${work}/build)
step("running ${name}" ${CMAKE_COMMAND} -E chdir ${work}/${name} ${work}/build/${name} ${arguments})
