# A room is a folder whose members are alike: one file per member, its test beside it, and nothing else to edit.
#
#   upkeep_room(FLOOR train FOLDER train/gradients NAMESPACE upkeep::gradients CATALOG GradientCatalog HEADER train/gradients/gradient.hpp)
#
# writes the room's catalog from the files it finds: a function `const CATALOG& catalog()` in NAMESPACE that calls `add_MEMBER(CATALOG&)` of each
# MEMBER.cpp once, and an entry in the list of rooms that `upkeep catalog` prints. Configuring stops, naming the file, when a member has no MEMBER_test.cpp.
# The contract is HEADER and the .cpp file of its name; helpers of several members are in the sub-folder shared/.

set_property(GLOBAL PROPERTY UPKEEP_ROOMS "")

function(upkeep_room)
  cmake_parse_arguments(R "" "FLOOR;FOLDER;NAMESPACE;CATALOG;HEADER" "" ${ARGN})
  get_filename_component(contract ${R_HEADER} NAME_WE)
  set(folder ${CMAKE_SOURCE_DIR}/src/${R_FOLDER})
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.cpp)
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.cpp$" "" member ${file})
    if(member MATCHES "_test$" OR member STREQUAL contract)
      continue()
    endif()
    if(NOT EXISTS ${folder}/${member}_test.cpp)
      message(FATAL_ERROR "src/${R_FOLDER}/${file} has no test: write src/${R_FOLDER}/${member}_test.cpp")
    endif()
    string(APPEND declarations "void add_${member}(${R_CATALOG}&);\n")
    string(APPEND calls "    add_${member}(all);\n")
  endforeach()
  get_filename_component(room ${R_FOLDER} NAME)
  set(output ${CMAKE_BINARY_DIR}/catalogs/${R_FOLDER}/catalog.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
// Written by cmake/room.cmake from the files of src/@R_FOLDER@.
#include "@R_HEADER@"
#include "base/catalog.hpp"
namespace @R_NAMESPACE@ {
@declarations@
const @R_CATALOG@& catalog() {
  static const @R_CATALOG@ members = [] {
    @R_CATALOG@ all("@room@");
@calls@    return all;
  }();
  return members;
}
upkeep::Room describe_room() { return describe("@R_FOLDER@", catalog()); }
}  // namespace @R_NAMESPACE@
]])
  set_property(GLOBAL APPEND PROPERTY UPKEEP_ROOMS ${R_NAMESPACE})
  set_property(GLOBAL APPEND PROPERTY UPKEEP_FLOOR_SOURCES_${R_FLOOR} ${output})
endfunction()

# The list of all rooms, for `upkeep catalog` and the reference pages.
function(upkeep_write_rooms OUTPUT)
  get_property(rooms GLOBAL PROPERTY UPKEEP_ROOMS)
  set(declarations "")
  set(calls "")
  foreach(namespace IN LISTS rooms)
    string(APPEND declarations "namespace ${namespace} { upkeep::Room describe_room(); }\n")
    string(APPEND calls "      ${namespace}::describe_room(),\n")
  endforeach()
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Written by cmake/room.cmake.
#include "base/catalog.hpp"
@declarations@
namespace upkeep {
std::vector<Room> all_rooms() {
  return {
@calls@  };
}
}  // namespace upkeep
]])
endfunction()
