# The OpenBLAS of the JavaCPP preset as an imported target.
if(NOT EXISTS "${OPENBLAS_DIR}/libopenblas.so.0")
  message(FATAL_ERROR "libopenblas.so.0 not found in OPENBLAS_DIR='${OPENBLAS_DIR}'; build with Maven, which unpacks it")
endif()
add_library(openblas SHARED IMPORTED)
set_target_properties(openblas PROPERTIES IMPORTED_LOCATION "${OPENBLAS_DIR}/libopenblas.so.0"
  IMPORTED_SONAME "libopenblas.so.0")
