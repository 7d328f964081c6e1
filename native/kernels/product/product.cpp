// Matrix product: the order in which its algorithms are asked; the first that takes a descriptor is what runs.
#include "product.h"

namespace pf {
namespace PF_ISA {
namespace {

const Family* const kAlgorithms[] = {&product_dots_family, &product_tiles_family, &product_blas_family};

int check(const void* params, Cut* out) {
  const pf_product& p = *static_cast<const pf_product*>(params);
  if (!is_float(p.a.dtype) || p.a.rank != 2 || p.b.rank != 2 || p.c.rank != 2) return PF_INVALID;
  if ((p.prepare != 0 && p.prepared == 0) || !is_identity_or_relu(p.epilogue.activation) || p.epilogue.add != 0)
    return PF_UNSUPPORTED;
  const pf_view* const views[] = {&p.a, &p.b, &p.c};
  for (const pf_view* view : views) {
    int status = check_plain(*view, p.a.dtype);
    if (status != PF_OK) return status;
  }
  const ProductSizes s = sizes_of(p);
  const bool fits = p.a.dims[p.transpose_a ? 1 : 0] == s.m && p.b.dims[p.transpose_b ? 1 : 0] == s.k &&
                    p.b.dims[p.transpose_b ? 0 : 1] == s.n;
  if (!fits || s.m < 1 || s.n < 1 || s.k < 1) return PF_INVALID;
  return run_by_first(kAlgorithms, params, out);
}

long long workspace(const void* params) { return static_cast<const pf_product*>(params)->workspace; }

}  // namespace

extern const Family product_family = {check, nullptr, workspace};

}  // namespace PF_ISA
}  // namespace pf
