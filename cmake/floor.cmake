# A floor is one folder of src/: a static library upkeep_NAME of all its sources (rooms included) and one test program NAME_test of all its *_test.cpp.
#
#   upkeep_floor(graph USES base LINKS dep::onnx [TEST_USES runtime])
#
# USES: the floors directly below that it includes. LINKS: third-party targets, private to the floor. SHARDS: in so many parts its tests run.
# Files in folders called modules/ are not of the floor: upkeep_module() makes a library of each, which is loaded when it is needed.

function(upkeep_floor NAME)
  cmake_parse_arguments(F "" "SHARDS" "USES;LINKS;TEST_USES;TEST_LINKS;EXTRA_SOURCES" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${NAME})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/modules/")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  get_property(catalogs GLOBAL PROPERTY UPKEEP_FLOOR_SOURCES_${NAME})

  add_library(upkeep_${NAME} STATIC ${sources} ${catalogs} ${F_EXTRA_SOURCES})
  target_include_directories(upkeep_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(upkeep_${NAME} PRIVATE upkeep_warnings upkeep_sanitizers ${F_LINKS})
  foreach(floor IN LISTS F_USES)
    target_link_libraries(upkeep_${NAME} PUBLIC upkeep_${floor})
  endforeach()
  upkeep_precompile(upkeep_${NAME} upkeep_pch)
  set_property(GLOBAL APPEND PROPERTY UPKEEP_FLOORS ${NAME})

  if(UPKEEP_TESTS AND tests)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE upkeep_warnings upkeep_test_sanitizers upkeep_${NAME} GTest::gtest GTest::gmock GTest::gtest_main ${F_TEST_LINKS})
    foreach(floor IN LISTS F_TEST_USES)
      target_link_libraries(${NAME}_test PRIVATE upkeep_${floor})
    endforeach()
    if(UPKEEP_SANITIZE)  # the floor's objects first, so that of an inline function its checked form is taken and not the tests'
      target_link_options(${NAME}_test PRIVATE "LINKER:--whole-archive,$<TARGET_FILE:upkeep_${NAME}>,--no-whole-archive")
    endif()
    # A precompiled header is made once with -fPIC; the -fpie that executables get would not match it.
    set_target_properties(${NAME}_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${NAME}_test PRIVATE -fPIC)
    target_link_libraries(${NAME}_test PRIVATE upkeep_source_folder)
    upkeep_precompile(${NAME}_test upkeep_test_pch)
    if(F_SHARDS)
      math(EXPR last "${F_SHARDS} - 1")
      foreach(shard RANGE ${last})
        add_test(NAME ${NAME}_${shard} COMMAND ${NAME}_test --gtest_brief=1)
        set_tests_properties(${NAME}_${shard} PROPERTIES TIMEOUT 1200 ENVIRONMENT "GTEST_TOTAL_SHARDS=${F_SHARDS};GTEST_SHARD_INDEX=${shard}")
      endforeach()
    else()
      add_test(NAME ${NAME} COMMAND ${NAME}_test --gtest_brief=1)
      set_tests_properties(${NAME} PROPERTIES TIMEOUT 600)
    endif()
  endif()
endfunction()

# A library that a floor loads by itself: for a third party's that would cost every start.
#
#   upkeep_module(opencv FLOOR data FILE data/images/modules/opencv.cpp LOADER data/images/opencv.cpp LINKS dep::opencv)
function(upkeep_module NAME)
  cmake_parse_arguments(M "" "FLOOR;FILE;LOADER" "LINKS" ${ARGN})
  add_library(upkeep_${NAME} MODULE ${CMAKE_SOURCE_DIR}/src/${M_FILE})
  set_target_properties(upkeep_${NAME} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/modules CXX_VISIBILITY_PRESET hidden)
  target_include_directories(upkeep_${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(upkeep_${NAME} PRIVATE upkeep_warnings upkeep_sanitizers ${M_LINKS})
  # Folders of this machine are given to the one file that needs them, so that ccache knows the others in every build folder.
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/${M_LOADER} TARGET_DIRECTORY upkeep_${M_FLOOR} PROPERTIES
                              COMPILE_DEFINITIONS "UPKEEP_MODULES=\"${CMAKE_BINARY_DIR}/modules\";UPKEEP_LIBRARY_FOLDER=\"${CMAKE_INSTALL_LIBDIR}\"")
  add_dependencies(upkeep_${M_FLOOR} upkeep_${NAME})
  install(TARGETS upkeep_${NAME} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/upkeep)
endfunction()

# Two precompiled headers: for our code the standard library and JSON, for tests GoogleTest as well.
function(upkeep_precompile TARGET FROM)
  target_compile_options(${TARGET} PRIVATE -fpch-preprocess)
  target_precompile_headers(${TARGET} REUSE_FROM ${FROM})
endfunction()

set(UPKEEP_PRECOMPILED
  <algorithm> <array> <bit> <charconv> <chrono> <cmath> <cstddef> <cstdint> <cstring> <expected> <filesystem> <format> <fstream> <functional>
  <limits> <map> <memory> <mutex> <numeric> <optional> <ranges> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map>
  <utility> <variant> <vector> <nlohmann/json.hpp>)

function(upkeep_make_pch TARGET)  # further arguments: headers
  file(WRITE ${CMAKE_BINARY_DIR}/${TARGET}.cpp "")
  add_library(${TARGET} OBJECT ${CMAKE_BINARY_DIR}/${TARGET}.cpp)
  target_compile_options(${TARGET} PRIVATE -fpch-preprocess)
  target_link_libraries(${TARGET} PRIVATE upkeep_warnings)
  target_precompile_headers(${TARGET} PRIVATE ${UPKEEP_PRECOMPILED} ${ARGN})
endfunction()
upkeep_make_pch(upkeep_pch)
target_link_libraries(upkeep_pch PRIVATE upkeep_sanitizers)
if(UPKEEP_TESTS)
  upkeep_make_pch(upkeep_test_pch <gtest/gtest.h> <gmock/gmock.h>)
  target_link_libraries(upkeep_test_pch PRIVATE upkeep_test_sanitizers GTest::gtest GTest::gmock)
endif()

# Where tests find their fixtures: one small file that knows this machine's folder, so that ccache knows all others in every checkout.
if(UPKEEP_TESTS)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/source_folder.cpp @ONLY CONTENT [[
#include "base/source_folder_testing.hpp"
namespace upkeep {
std::filesystem::path source_folder() { return "@CMAKE_SOURCE_DIR@"; }
}  // namespace upkeep
]])
  add_library(upkeep_source_folder STATIC ${CMAKE_BINARY_DIR}/source_folder.cpp)
  target_include_directories(upkeep_source_folder PRIVATE ${CMAKE_SOURCE_DIR}/src)
endif()
