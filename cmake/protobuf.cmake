# Protocol buffers -> C++, made by protoc while building: a library of the messages, without our warnings.
#
#   upkeep_protobuf(upkeep_messages FOLDER serve/grpc/protos FILES inference.proto grpc/health/v1/health.proto)
#
# whose headers are included by the names of the files: "inference.pb.h".

find_program(PROTOC protoc REQUIRED)

function(upkeep_protobuf NAME)
  cmake_parse_arguments(P "" "FOLDER" "FILES" ${ARGN})
  set(from ${CMAKE_SOURCE_DIR}/src/${P_FOLDER})
  set(to ${CMAKE_BINARY_DIR}/protobuf/${P_FOLDER})
  set(sources "")
  foreach(file IN LISTS P_FILES)
    string(REGEX REPLACE "\\.proto$" ".pb" made ${file})
    add_custom_command(OUTPUT ${to}/${made}.cc ${to}/${made}.h
                       COMMAND ${CMAKE_COMMAND} -E make_directory ${to} COMMAND ${PROTOC} -I${from} --cpp_out=${to} ${from}/${file}
                       DEPENDS ${from}/${file} VERBATIM)
    list(APPEND sources ${to}/${made}.cc)
  endforeach()
  add_library(${NAME} STATIC ${sources})
  set_target_properties(${NAME} PROPERTIES UNITY_BUILD OFF)
  target_include_directories(${NAME} SYSTEM PUBLIC ${to})
  target_link_libraries(${NAME} PUBLIC ${PROTOBUF_LIBRARY})
endfunction()
