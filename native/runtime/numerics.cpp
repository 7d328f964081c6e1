// The names of what decides the bits of a result.
#include "portafilter/abi.h"

const char* pf_numerics_name(int numerics) {
  switch (numerics) {
    case PF_NUMERICS_EXACT:
      return "exact";
    case PF_NUMERICS_TILED_COLUMNS:
      return "tiled-columns";
    case PF_NUMERICS_POINTWISE_GEMM:
      return "pointwise-gemm";
    case PF_NUMERICS_DEPTHWISE:
      return "depthwise";
    case PF_NUMERICS_DEPTHWISE_BLOCKS:
      return "depthwise-blocks";
    case PF_NUMERICS_BLAS_TILES:
      return "blas-tiles";
    case PF_NUMERICS_DOT_ROWS:
      return "dot-rows";
    case PF_NUMERICS_DOUBLE_SUM:
      return "double-sum";
    case PF_NUMERICS_DIRECT:
      return "direct";
    case PF_NUMERICS_BLOCKED:
      return "blocked";
    case PF_NUMERICS_WINOGRAD:
      return "winograd";
    case PF_NUMERICS_TILES:
      return "tiles";
    default:
      return nullptr;
  }
}

int pf_numerics_by_blas(int numerics) {
  return numerics == PF_NUMERICS_TILED_COLUMNS || numerics == PF_NUMERICS_POINTWISE_GEMM ||
         numerics == PF_NUMERICS_BLAS_TILES;
}
