# Every library tutti stands on comes from the system's packages; `./run setup` installs them. Also installed: who uses
# tutti through find_package(tutti) finds them in the same way.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ngtcp2 REQUIRED IMPORTED_TARGET libngtcp2 libngtcp2_crypto_gnutls)
pkg_check_modules(gnutls REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET hogweed nettle)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(miniupnpc REQUIRED IMPORTED_TARGET miniupnpc)
# Optional: without it no peer can be watched by Prometheus.
find_package(prometheus-cpp CONFIG QUIET)
# Optional: without it a sweep stays on one machine.
pkg_check_modules(mpi QUIET IMPORTED_TARGET mpi-c)
pkg_check_modules(sdl2 REQUIRED IMPORTED_TARGET sdl2 SDL2_ttf SDL2_image)

find_path(MSGPUCK_INCLUDE_DIR msgpuck.h REQUIRED)
find_library(MSGPUCK_LIBRARY msgpuck REQUIRED)
if(NOT TARGET msgpuck::msgpuck)
  add_library(msgpuck::msgpuck UNKNOWN IMPORTED)
  set_target_properties(msgpuck::msgpuck PROPERTIES IMPORTED_LOCATION ${MSGPUCK_LIBRARY}
                                                    INTERFACE_INCLUDE_DIRECTORIES ${MSGPUCK_INCLUDE_DIR})
endif()

if(TUTTI_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  include(GoogleTest)
endif()
if(TUTTI_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
