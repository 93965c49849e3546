# Applied to every target of ours; third-party headers come in as SYSTEM and stay quiet.
add_library(upkeep_warnings INTERFACE)
target_compile_definitions(upkeep_warnings INTERFACE UPKEEP_VERSION="${PROJECT_VERSION}")
target_compile_options(upkeep_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wnull-dereference -Wimplicit-fallthrough -Walloca -Wvla -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 14's flow analysis inside the standard library, with and without sanitizers.
  target_compile_options(upkeep_warnings INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized -Wno-stringop-overflow
    -Wno-array-bounds -Wno-dangling-reference -Wno-restrict $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-subobject-linkage>)
endif()
if(UPKEEP_SANITIZE)
  add_compile_options(-fsanitize=${UPKEEP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${UPKEEP_SANITIZE})
endif()
