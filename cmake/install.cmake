# The installed product: bin/upkeep, lib/libupkeep.so with its headers and CMake package, and beside it the libraries that come from wheels.
include(CMakePackageConfigHelpers)

# One shared library of the floors up to the public API. The API's objects all go in; what they need comes from the archives below.
file(WRITE ${CMAKE_BINARY_DIR}/library.cpp "")
add_library(upkeep_library SHARED ${CMAKE_BINARY_DIR}/library.cpp)
add_library(upkeep::upkeep ALIAS upkeep_library)
set_target_properties(upkeep_library PROPERTIES OUTPUT_NAME upkeep EXPORT_NAME upkeep VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                                INSTALL_RPATH "$ORIGIN/upkeep")
target_include_directories(upkeep_library INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_features(upkeep_library INTERFACE cxx_std_20)
target_link_libraries(upkeep_library PRIVATE -Wl,--whole-archive upkeep_api -Wl,--no-whole-archive)

# Another one with all of that and what logs, watches and maintains, so that a program that only trains does not load a registry. A program
# links one of the two.
add_library(upkeep_operate_library SHARED ${CMAKE_BINARY_DIR}/library.cpp)
add_library(upkeep::operate ALIAS upkeep_operate_library)
set_target_properties(upkeep_operate_library PROPERTIES OUTPUT_NAME upkeep-operate EXPORT_NAME operate VERSION ${PROJECT_VERSION}
                                                        SOVERSION ${PROJECT_VERSION_MAJOR} INSTALL_RPATH "$ORIGIN/upkeep")
target_include_directories(upkeep_operate_library INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_features(upkeep_operate_library INTERFACE cxx_std_20)
target_link_libraries(upkeep_operate_library PRIVATE -Wl,--whole-archive upkeep_api upkeep_log upkeep_serve upkeep_operate -Wl,--no-whole-archive)

set_target_properties(upkeep PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/upkeep")

install(TARGETS upkeep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS upkeep_library upkeep_operate_library EXPORT upkeep LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/upkeep DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT upkeep NAMESPACE upkeep:: FILE upkeepTargets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/upkeep)
file(WRITE ${CMAKE_BINARY_DIR}/upkeepConfig.cmake "include(\${CMAKE_CURRENT_LIST_DIR}/upkeepTargets.cmake)\n")
write_basic_package_version_file(${CMAKE_BINARY_DIR}/upkeepConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/upkeepConfig.cmake ${CMAKE_BINARY_DIR}/upkeepConfigVersion.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/upkeep)

# For builds without CMake: pkg-config --cflags --libs upkeep. The prefix is found from the file's own place.
function(upkeep_pkg_config PC_NAME PC_DESCRIPTION)
  file(RELATIVE_PATH PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/upkeep.pc.in ${CMAKE_BINARY_DIR}/${PC_NAME}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${PC_NAME}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
upkeep_pkg_config(upkeep "${PROJECT_DESCRIPTION}")
upkeep_pkg_config(upkeep-operate "${PROJECT_DESCRIPTION}: with what logs, watches and maintains them")

# Under the names that the loader asks for.
function(upkeep_install_library FILE)
  file(REAL_PATH ${FILE} real)
  execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${real} OUTPUT_VARIABLE headers)
  string(REGEX MATCH "SONAME +([^ \n]+)" _ "${headers}")
  install(FILES ${real} DESTINATION ${CMAKE_INSTALL_LIBDIR}/upkeep RENAME ${CMAKE_MATCH_1})
endfunction()
foreach(library IN ITEMS ${ONNXRUNTIME_LIBRARY} ${ARROW_LIBRARY} ${PARQUET_LIBRARY})
  upkeep_install_library(${library})
endforeach()
