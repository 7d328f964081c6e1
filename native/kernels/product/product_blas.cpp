// Products cut into fixed tiles of C, one chunk each; OpenBLAS multiplies inside a tile.
#include "product.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kNoPack = 1000000;  // OpenBLAS: largest M N K of its no-pack path, which wants b not transposed
constexpr long long kLeastDepth = 48;
struct Tiling {
  long long rows, columns, depth;
};

int check(const void* params, Cut* out) {
  const pf_product& p = *static_cast<const pf_product*>(params);
  if (p.prepared != 0 || !may_be(p.algorithm, PF_NUMERICS_BLAS_TILES)) return PF_UNSUPPORTED;
  const ProductSizes s = sizes_of(p);
  const double flops = s.flops();
  out->numerics = PF_NUMERICS_BLAS_TILES;
  out->nanoseconds[0] = flops / 60.0;
  long long rows = s.m, columns = s.n;
  // Large products are halved along their longer side until there are enough tiles to share evenly.
  while (flops > 5e5 && ceil_div(s.m, rows) * ceil_div(s.n, columns) < 8 && (rows > 32 || columns > 64)) {
    if (rows > columns && rows > 32) {
      rows = ceil_div(ceil_div(rows, 2), 16) * 16;
    } else if (columns > 64) {
      columns = ceil_div(ceil_div(columns, 2), 16) * 16;
    } else {
      rows = ceil_div(ceil_div(rows, 2), 16) * 16;
    }
  }
  const long long depth = kNoPack / (rows * columns);
  out->keep(Tiling{rows, columns, !p.transpose_b && depth >= kLeastDepth ? smaller(depth, s.k) : s.k});
  out->chunks[0] = ceil_div(s.m, rows) * ceil_div(s.n, columns);
  return PF_OK;
}

template <class T>
void tile(const pf_product& p, const ProductSizes& s, const Tiling& tiling, long long chunk) {
  const long long across = ceil_div(s.n, tiling.columns);
  const long long i = chunk / across * tiling.rows, j = chunk % across * tiling.columns;
  const long long rows = smaller(tiling.rows, s.m - i), columns = smaller(tiling.columns, s.n - j);
  const T* a = at<const T>(p.a) + (p.transpose_a ? i : i * s.k);
  const T* b = at<const T>(p.b) + (p.transpose_b ? j * s.k : j);
  T* c = at<T>(p.c) + i * s.n + j;
  for (long long k = 0; k < s.k; k += tiling.depth) {
    const long long depth = smaller(tiling.depth, s.k - k);
    gemm(p.transpose_a, p.transpose_b, rows, columns, depth, a + (p.transpose_a ? k * s.m : k),
         p.transpose_a ? s.m : s.k, b + (p.transpose_b ? k : k * s.n), p.transpose_b ? s.k : s.n, k == 0 ? T(0) : T(1),
         c, s.n);
  }
  finish(p, c, s.n, j, rows, columns);
}

int run(const void* params, const Cut& cut, int, long long first, long long last, char*) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_product& p = *static_cast<const pf_product*>(params);
  const ProductSizes s = sizes_of(p);
  for (long long chunk = first; chunk < last; chunk++) {
    p.a.dtype == PF_FLOAT32 ? tile<float>(p, s, tiling, chunk) : tile<double>(p, s, tiling, chunk);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_product*>(params)->workspace; }

}  // namespace

extern const Family product_blas_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
