// What the algorithms of the matrix product share.
#pragma once
#include "portafilter/product.h"

#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {

extern const Family product_dots_family;
extern const Family product_tiles_family;
extern const Family product_blas_family;

// C (m x n), k terms to a sum.
struct ProductSizes {
  long long m, n, k;
  double flops() const { return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }
};

static inline ProductSizes sizes_of(const pf_product& p) {
  return {p.c.dims[0], p.c.dims[1], p.transpose_a ? p.a.dims[0] : p.a.dims[1]};
}

// Bias and activation of columns from `first` on.
template <class T>
static inline void finish(const pf_product& p, T* c, long long stride, long long first, long long rows,
                          long long columns) {
  const T* bias = at<const T>(p.epilogue.bias);
  const bool rectify = p.epilogue.activation == PF_RELU;
  for (long long i = 0; i < rows; i++) {
    T* row = c + i * stride;
    if (bias != nullptr) {
      for (long long j = 0; j < columns; j++) row[j] += bias[first + j];
    }
    if (rectify) {
      for (long long j = 0; j < columns; j++) row[j] = relu(row[j]);
    }
  }
}

}  // namespace PF_ISA
}  // namespace pf
