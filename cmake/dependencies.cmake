# Third-party libraries, each behind one target `dep::NAME`. A heavy header is seen by one folder only (tests/house reads the includes).
# The wheels' libraries (ONNX Runtime, Arrow) come from the venv that scripts/bootstrap makes.

if(DEFINED ENV{UPKEEP_VENV})
  set(_venv $ENV{UPKEEP_VENV})
else()
  set(_venv ${CMAKE_SOURCE_DIR}/.venv)
endif()
set(UPKEEP_VENV ${_venv} CACHE PATH "The venv with the pinned wheels")
file(GLOB UPKEEP_SITE_PACKAGES ${UPKEEP_VENV}/lib/python3*/site-packages)

function(upkeep_dependency NAME)
  cmake_parse_arguments(D "" "" "LIBRARIES;INCLUDES;DEFINITIONS" ${ARGN})
  add_library(dep_${NAME} INTERFACE)
  add_library(dep::${NAME} ALIAS dep_${NAME})
  target_link_libraries(dep_${NAME} INTERFACE ${D_LIBRARIES})
  target_include_directories(dep_${NAME} SYSTEM INTERFACE ${D_INCLUDES})
  target_compile_definitions(dep_${NAME} INTERFACE ${D_DEFINITIONS})
endfunction()

function(upkeep_library VARIABLE NAME)  # one library by name, or a clear stop
  find_library(${VARIABLE} NAMES ${NAME} PATHS ${ARGN} REQUIRED)
endfunction()

# ONNX Runtime: the official library, Debian's headers (stable C ABI). It is not linked: src/runtime loads it.
set(ONNXRUNTIME_ROOT "" CACHE PATH "An ONNX Runtime release folder (include/, lib/) instead of the wheel's library")
if(ONNXRUNTIME_ROOT)
  find_library(ONNXRUNTIME_LIBRARY onnxruntime PATHS ${ONNXRUNTIME_ROOT}/lib NO_DEFAULT_PATH REQUIRED)
  set(_ort_include ${ONNXRUNTIME_ROOT}/include)
else()
  find_library(ONNXRUNTIME_LIBRARY onnxruntime PATHS ${UPKEEP_SITE_PACKAGES}/onnxruntime/capi NO_DEFAULT_PATH)
  if(NOT ONNXRUNTIME_LIBRARY)
    message(FATAL_ERROR "ONNX Runtime's library is not in ${UPKEEP_VENV}: run scripts/bootstrap first, or pass -DONNXRUNTIME_ROOT=DIR")
  endif()
  set(_ort_include /usr/include/onnxruntime)
endif()
upkeep_dependency(onnxruntime LIBRARIES ${CMAKE_DL_LIBS} INCLUDES ${_ort_include})

# oneDNN: headers only. It is not linked: src/train/kernels loads it.
find_path(ONEDNN_INCLUDE oneapi/dnnl/dnnl.h REQUIRED)
upkeep_dependency(onednn LIBRARIES ${CMAKE_DL_LIBS} INCLUDES ${ONEDNN_INCLUDE})

# libonnx: protobuf messages, operator schemas, shape inference, text parser.
find_library(ONNX_LIBRARY onnx REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
find_library(PROTOBUF_LIBRARY protobuf REQUIRED)
upkeep_dependency(onnx LIBRARIES ${ONNX_LIBRARY} ${ONNX_PROTO_LIBRARY} ${PROTOBUF_LIBRARY} DEFINITIONS ONNX_ML=1 ONNX_NAMESPACE=onnx)

find_package(OpenSSL REQUIRED)
upkeep_dependency(openssl LIBRARIES OpenSSL::SSL OpenSSL::Crypto)

# Where Arrow is linked, OpenSSL goes first: the wheel's libparquet exports OpenSSL's names.
find_library(ARROW_LIBRARY arrow PATHS ${UPKEEP_SITE_PACKAGES}/pyarrow NO_DEFAULT_PATH)
find_library(PARQUET_LIBRARY parquet PATHS ${UPKEEP_SITE_PACKAGES}/pyarrow NO_DEFAULT_PATH)
if(ARROW_LIBRARY AND PARQUET_LIBRARY)
  set(_arrow_include ${UPKEEP_SITE_PACKAGES}/pyarrow/include)
else()
  upkeep_library(ARROW_LIBRARY arrow)
  upkeep_library(PARQUET_LIBRARY parquet)
  set(_arrow_include)
endif()
upkeep_dependency(arrow LIBRARIES ${ARROW_LIBRARY} ${PARQUET_LIBRARY} INCLUDES ${_arrow_include})
# Its filesystem for S3 is a library of its own, in the wheel without the linker's name.
file(GLOB _arrow_s3 ${UPKEEP_SITE_PACKAGES}/pyarrow/libarrow_s3.so*)
if(NOT _arrow_s3)
  find_library(ARROW_S3_LIBRARY NAMES arrow_s3 arrow REQUIRED)
  set(_arrow_s3 ${ARROW_S3_LIBRARY})
endif()
upkeep_dependency(arrow_s3 LIBRARIES ${_arrow_s3} ${ARROW_LIBRARY} INCLUDES ${_arrow_include})
target_link_options(dep_arrow INTERFACE "SHELL:-Wl,--push-state,--no-as-needed ${OPENSSL_SSL_LIBRARY} ${OPENSSL_CRYPTO_LIBRARY} -Wl,--pop-state")

find_path(HDF5_INCLUDE hdf5.h PATH_SUFFIXES hdf5/serial REQUIRED)
find_library(HDF5_LIBRARY NAMES hdf5_serial hdf5 REQUIRED)
upkeep_dependency(hdf5 LIBRARIES ${HDF5_LIBRARY} INCLUDES ${HDF5_INCLUDE})
find_library(ZIP_LIBRARY zip REQUIRED)
upkeep_dependency(zip LIBRARIES ${ZIP_LIBRARY})
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE soci_sqlite3 REQUIRED)
find_library(SQLITE sqlite3 REQUIRED)
upkeep_dependency(soci LIBRARIES ${SOCI_SQLITE} ${SOCI_CORE} ${SQLITE})
# SOCI's part for PostgreSQL and libpq are loaded by name: headers only.
find_path(PQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
upkeep_dependency(pq INCLUDES ${PQ_INCLUDE})
find_library(YAML_CPP yaml-cpp REQUIRED)
upkeep_dependency(yaml LIBRARIES ${YAML_CPP})
find_library(SPDLOG spdlog REQUIRED)
find_library(FMT fmt REQUIRED)
upkeep_dependency(spdlog LIBRARIES ${SPDLOG} ${FMT} DEFINITIONS SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
find_library(PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
upkeep_dependency(prometheus LIBRARIES ${PROMETHEUS_CORE})

# Images: OpenCV filters and resizes (its modules have no CMake package of their own), the others decode.
find_path(OPENCV_INCLUDE opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
find_library(OPENCV_CORE opencv_core REQUIRED)
find_library(OPENCV_IMGPROC opencv_imgproc REQUIRED)
upkeep_dependency(opencv LIBRARIES ${OPENCV_IMGPROC} ${OPENCV_CORE} INCLUDES ${OPENCV_INCLUDE})
find_library(TURBOJPEG turbojpeg REQUIRED)
upkeep_dependency(jpeg LIBRARIES ${TURBOJPEG})
find_library(SPNG spng REQUIRED)
upkeep_dependency(spng LIBRARIES ${SPNG})
find_library(WEBP webp REQUIRED)
upkeep_dependency(webp LIBRARIES ${WEBP})

# SIMD loops with run-time dispatch
find_path(HIGHWAY_INCLUDE hwy/highway.h REQUIRED)
find_library(HIGHWAY_LIBRARY hwy REQUIRED)
upkeep_dependency(highway LIBRARIES ${HIGHWAY_LIBRARY} INCLUDES ${HIGHWAY_INCLUDE} DEFINITIONS HWY_SHARED_DEFINE)

find_library(NGHTTP2_LIBRARY nghttp2 REQUIRED)
upkeep_dependency(nghttp2 LIBRARIES ${NGHTTP2_LIBRARY})

find_package(ZLIB REQUIRED)
upkeep_dependency(zlib LIBRARIES ZLIB::ZLIB)

find_package(Threads REQUIRED)
if(UPKEEP_TESTS)
  find_package(GTest REQUIRED)
endif()

# Chart.js, embedded in reports so that each is one file.
find_file(CHART_JS NAMES chart.umd.js chart.min.js chart.js PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist NO_DEFAULT_PATH REQUIRED)
