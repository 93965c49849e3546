# With UPKEEP_FUZZ, the floors that read what comes from outside tell libFuzzer which way their code goes: upkeep_covered(FLOOR).
# GCC can report each step of a program (trace-pc) and each comparison; fuzz/coverage.cpp counts the steps as libFuzzer wants them.
function(upkeep_covered FLOOR)
  if(UPKEEP_FUZZ)
    target_compile_options(upkeep_${FLOOR} PRIVATE -fsanitize-coverage=trace-pc,trace-cmp)
    target_link_libraries(upkeep_${FLOOR} PUBLIC upkeep_coverage)
  endif()
endfunction()

if(UPKEEP_FUZZ)
  add_library(upkeep_coverage STATIC ${CMAKE_SOURCE_DIR}/fuzz/coverage.cpp)
  target_link_libraries(upkeep_coverage PRIVATE upkeep_sanitizers)
  target_link_options(upkeep_coverage INTERFACE LINKER:--wrap=__sanitizer_cov_trace_pc)  # libFuzzer has one that refuses to run
  file(GLOB _fuzzers /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-${CMAKE_SYSTEM_PROCESSOR}.a)
  if(NOT _fuzzers)
    message(FATAL_ERROR "UPKEEP_FUZZ needs libFuzzer: scripts/bootstrap installs it (libclang-rt-19-dev)")
  endif()
  list(GET _fuzzers 0 UPKEEP_LIBFUZZER)
endif()
