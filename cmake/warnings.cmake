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

# Sanitizers, for every target whose code is ours to check. AddressSanitizer and UndefinedBehaviorSanitizer leave out the tests' own files: those are
# then compiled as in the preset `test`, so that ccache has them. ThreadSanitizer must see every access, those of tests too.
add_library(upkeep_sanitizers INTERFACE)
add_library(upkeep_test_sanitizers INTERFACE)
if(UPKEEP_SANITIZE)
  target_compile_options(upkeep_sanitizers INTERFACE -fsanitize=${UPKEEP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_compile_definitions(upkeep_sanitizers INTERFACE _GLIBCXX_ASSERTIONS)  # front() of an empty list ends the program
  add_link_options(-fsanitize=${UPKEEP_SANITIZE})
  if(UPKEEP_SANITIZE MATCHES "thread")
    target_link_libraries(upkeep_test_sanitizers INTERFACE upkeep_sanitizers)
  endif()
endif()
