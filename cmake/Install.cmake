# What `cmake --install` leaves behind: the floors as libraries tutti::base, tutti::wire, ..., all of them together as
# tutti::tutti, their headers under the same paths as here, and the programs. Then elsewhere:
#
#   find_package(tutti 0.1 REQUIRED)
#   target_link_libraries(my_application PRIVATE tutti::tutti)

include(CMakePackageConfigHelpers)

get_property(floors GLOBAL PROPERTY TUTTI_FLOORS)
list(TRANSFORM floors PREPEND tutti_ OUTPUT_VARIABLE floor_targets)

# Not called `tutti`, which is the command's target.
add_library(tutti_all INTERFACE)
add_library(tutti::tutti ALIAS tutti_all)
set_target_properties(tutti_all PROPERTIES EXPORT_NAME tutti)
target_link_libraries(tutti_all INTERFACE ${floor_targets})

# What people run. A program that is not built here is not installed.
set(programs)
foreach(program tutti rectangle)
  if(TARGET ${program})
    list(APPEND programs ${program})
  endif()
endforeach()
# Everything that gets installed, and nothing else.
add_custom_target(tutti_installed DEPENDS ${floor_targets} ${programs})
if(TARGET tutti_web)
  add_dependencies(tutti_installed tutti_web)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/tutti)
install(TARGETS tutti_all ${floor_targets} EXPORT tutti_targets)
install(EXPORT tutti_targets NAMESPACE tutti:: DESTINATION ${package} FILE tuttiTargets.cmake)
if(programs)
  install(TARGETS ${programs})
endif()
if(TARGET tutti_web)
  install(FILES ${PROJECT_BINARY_DIR}/web/report.html DESTINATION ${CMAKE_INSTALL_DATADIR}/tutti)
  # A laboratory that is built elsewhere finds the page wherever the package lies.
  target_compile_definitions(
    tutti_all INTERFACE $<INSTALL_INTERFACE:TUTTI_INSTALLED_SHARE="$<INSTALL_PREFIX>/${CMAKE_INSTALL_DATADIR}/tutti">)
endif()
foreach(floor ${floors})
  install(
    DIRECTORY ${PROJECT_SOURCE_DIR}/tutti/${floor}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tutti
    FILES_MATCHING
    PATTERN "*.hpp"
    PATTERN "*_test*" EXCLUDE)
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tuttiConfig.cmake.in ${PROJECT_BINARY_DIR}/tuttiConfig.cmake
                              INSTALL_DESTINATION ${package})
# Before 1.0 every minor version may break what stands on it.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tuttiConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/tuttiConfig.cmake ${PROJECT_BINARY_DIR}/tuttiConfigVersion.cmake
        ${PROJECT_SOURCE_DIR}/cmake/Dependencies.cmake
  DESTINATION ${package})
