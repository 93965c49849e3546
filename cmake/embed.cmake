# Files inside the program: writes the source file OUTPUT, which defines one std::string_view per NAME=FILE; HEADER declares them in NAMESPACE.
#
#   upkeep_embed(${CMAKE_BINARY_DIR}/embedded/report.cpp HEADER analyze/report/assets.hpp NAMESPACE upkeep::report kPageCss=report/page.css ...)

function(upkeep_embed OUTPUT)
  cmake_parse_arguments(E "" "HEADER;NAMESPACE" "" ${ARGN})
  set(definitions "")
  foreach(pair IN LISTS E_UNPARSED_ARGUMENTS)
    string(REGEX MATCH "^([^=]+)=(.*)$" _ ${pair})
    set(name ${CMAKE_MATCH_1})
    cmake_path(ABSOLUTE_PATH CMAKE_MATCH_2 OUTPUT_VARIABLE path)
    file(READ ${path} text)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    string(APPEND definitions "const std::string_view ${name} = R\"embedded(${text})embedded\"sv;\n")
  endforeach()
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Written by cmake/embed.cmake.
#include "@E_HEADER@"
using namespace std::string_view_literals;
namespace @E_NAMESPACE@ {
@definitions@}  // namespace @E_NAMESPACE@
]])
endfunction()
