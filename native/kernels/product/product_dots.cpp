// Products with few rows and a transposed right side (a dense layer on one image): each output is a dot product over
// lanes, so that the weights are read once at memory speed.
#include "product.h"
#include "shared/vector.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kFewRows = 4;
constexpr long long kDotColumns = 32;

int check(const void* params, Cut* out) {
  const pf_product& p = *static_cast<const pf_product*>(params);
  const ProductSizes s = sizes_of(p);
  const bool few = s.m <= kFewRows && !p.transpose_a && p.transpose_b;
  if (!few || p.prepared != 0 || !may_be(p.algorithm, PF_NUMERICS_DOT_ROWS)) return PF_UNSUPPORTED;
  out->numerics = PF_NUMERICS_DOT_ROWS;
  out->chunks[0] = ceil_div(s.n, kDotColumns);
  out->nanoseconds[0] = s.flops() / 10.0;
  return PF_OK;
}

// One dot product in the working type over 64 lanes, explicit FMA.
template <class T>
T dot_lanes(const T* x, const T* y, long long count) {
  T lane[64] = {};
  long long i = 0;
  for (; i + 64 <= count; i += 64) {
    for (int l = 0; l < 64; l++) lane[l] = static_cast<T>(PF_FMA(x[i + l], y[i + l], lane[l]));
  }
  for (int l = 0; i < count; i++, l++) lane[l] = static_cast<T>(PF_FMA(x[i], y[i], lane[l]));
  for (int half = 32; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  }
  return lane[0];
}

// Dot products of x with kCount rows of y, `stride` apart: one vector of sums each, then what is left of the rows.
template <int kCount>
void dots(const float* x, const float* y, long long stride, long long count, float* sums) {
  vec lanes[kCount];
#pragma GCC unroll 8
  for (int c = 0; c < kCount; c++) lanes[c] = splat(0.0f);
  long long i = 0;
  for (; i + kVecLanes <= count; i += kVecLanes) {
    const vec value = load(x + i);
#pragma GCC unroll 8
    for (int c = 0; c < kCount; c++) lanes[c] = fma_of(value, load(y + c * stride + i), lanes[c]);
  }
  for (int c = 0; c < kCount; c++) {
    alignas(64) float lane[kVecLanes];
    store(lane, lanes[c]);
    for (int half = kVecLanes / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    }
    sums[c] = lane[0];
    for (long long j = i; j < count; j++) sums[c] = static_cast<float>(PF_FMA(x[j], y[c * stride + j], sums[c]));
  }
}

// One row of a with rows [0, count) of b.
void dot_row(const float* a, const float* b, long long k, long long count, float* c) {
  long long j = 0;
  for (; j + 8 <= count; j += 8) dots<8>(a, b + j * k, k, k, c + j);
  for (; j < count; j++) dots<1>(a, b + j * k, k, k, c + j);
}

void dot_row(const double* a, const double* b, long long k, long long count, double* c) {
  for (long long j = 0; j < count; j++) c[j] = dot_lanes(a, b + j * k, k);
}

template <class T>
void dot_rows(const pf_product& p, const ProductSizes& s, long long chunk) {
  const long long first = chunk * kDotColumns, last = smaller(s.n, first + kDotColumns);
  const T* a = at<const T>(p.a);
  const T* b = at<const T>(p.b);
  T* c = at<T>(p.c);
  for (long long j = first; j < last; j += 8) {
    const long long count = smaller(8, last - j);
    for (long long i = 0; i < s.m; i++) dot_row(a + i * s.k, b + j * s.k, s.k, count, c + i * s.n + j);
  }
  finish(p, c + first, s.n, first, s.m, last - first);
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_product& p = *static_cast<const pf_product*>(params);
  const ProductSizes s = sizes_of(p);
  for (long long chunk = first; chunk < last; chunk++) {
    p.a.dtype == PF_FLOAT32 ? dot_rows<float>(p, s, chunk) : dot_rows<double>(p, s, chunk);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_product*>(params)->workspace; }

}  // namespace

extern const Family product_dots_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
