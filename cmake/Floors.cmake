# The house is built of floors: one folder under tutti/, one library target each. A floor sees the headers of the floors
# it names in ON, and of theirs, and of no other: each floor's headers are reached through an include directory of its
# own, so an upward include finds no file.

add_library(tutti_flags INTERFACE)
target_compile_options(
  tutti_flags
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Werror
            # g++ 12 sees ghosts in variants and optionals that are moved; clang and the sanitizers look for real ones.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
            # Results must not depend on whether the compiler fuses a multiplication with an addition.
            -ffp-contract=off)
if(TUTTI_SANITIZE)
  target_compile_options(tutti_flags INTERFACE -fsanitize=${TUTTI_SANITIZE} -fno-omit-frame-pointer
                                               -fno-sanitize-recover=all)
  target_link_options(tutti_flags INTERFACE -fsanitize=${TUTTI_SANITIZE})
endif()
if(TUTTI_FUZZ)
  target_compile_options(tutti_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# tutti_floor(NAME SOURCES a.cpp... ON floors... LIBRARIES libraries... TESTS a_test.cpp...)
function(tutti_floor name)
  cmake_parse_arguments(FLOOR "" "" "SOURCES;ON;LIBRARIES;TESTS" ${ARGN})
  set(headers ${CMAKE_BINARY_DIR}/floors/${name})
  file(MAKE_DIRECTORY ${headers}/tutti)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${headers}/tutti/${name} SYMBOLIC)

  if(FLOOR_SOURCES)
    add_library(tutti_${name} STATIC ${FLOOR_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(tutti_${name} PRIVATE $<BUILD_INTERFACE:tutti_flags>)
  else()
    add_library(tutti_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(tutti::${name} ALIAS tutti_${name})
  set_target_properties(tutti_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(tutti_${name} ${scope} cxx_std_23)
  target_include_directories(tutti_${name} ${scope} $<BUILD_INTERFACE:${headers}>
                                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  list(TRANSFORM FLOOR_ON PREPEND tutti_)
  target_link_libraries(tutti_${name} ${scope} ${FLOOR_ON} ${FLOOR_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY TUTTI_FLOORS ${name})

  if(TUTTI_TESTS AND FLOOR_TESTS)
    tutti_test(${name} SOURCES ${FLOOR_TESTS} ON ${name})
  endif()
endfunction()

# tutti_test(NAME SOURCES a_test.cpp... ON floors... LIBRARIES libraries... LABEL label LOCK lock): one test program,
# run by ctest. Labels: `slow` is left out under sanitizers, `soak` runs only when asked for and may take an hour. Of
# those with the same lock one runs at a time.
function(tutti_test name)
  cmake_parse_arguments(TEST "" "LABEL;LOCK" "SOURCES;ON;LIBRARIES" ${ARGN})
  set(timeout 600)
  if(TEST_LABEL STREQUAL soak)
    set(timeout 3600)
  endif()
  set(properties TIMEOUT ${timeout})
  if(TEST_LABEL)
    list(APPEND properties LABELS ${TEST_LABEL})
  endif()
  if(TEST_LOCK)
    list(APPEND properties RESOURCE_LOCK ${TEST_LOCK})
  endif()
  list(TRANSFORM TEST_ON PREPEND tutti_)
  add_executable(tutti_${name}_test ${TEST_SOURCES})
  target_link_libraries(tutti_${name}_test PRIVATE tutti_flags ${TEST_ON} ${TEST_LIBRARIES} GTest::gtest_main
                                                   GTest::gmock rapidcheck)
  # g++ 12 takes "literal" + std::string for an overlapping copy (its bug 105651).
  target_compile_options(tutti_${name}_test PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  gtest_discover_tests(tutti_${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                       PROPERTIES ${properties})
endfunction()
