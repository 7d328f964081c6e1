// What every kernel source shares. Each source is compiled once per instruction set with PF_ISA naming the namespace,
// and nothing here may be emitted outside it: no standard library templates, no inline functions shared between sets.
#pragma once
#include <cstdint>
#include <cstring>

#include "../../runtime/family.h"
#include "portafilter/abi.h"

#ifndef PF_ISA
#error "compile kernels with -DPF_ISA=<namespace>"
#endif

// Explicit fused multiply-add where the instruction set has one; contraction is off everywhere else.
#if defined(__FMA__)
#define PF_FMA(a, b, c) fused(a, b, c)
#else
#define PF_FMA(a, b, c) ((a) * (b) + (c))
#endif

// What the texts in formulas/ are here: part of the loop that calls them, where they become vectors.
#define PF_FORMULA static inline __attribute__((always_inline))

extern "C" {
enum CBLAS_ORDER { CblasRowMajor = 101 };
enum CBLAS_TRANSPOSE { CblasNoTrans = 111, CblasTrans = 112 };
void cblas_sgemm(CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, int, int, int, float, const float*, int, const float*,
                 int, float, float*, int);
void cblas_dgemm(CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, int, int, int, double, const double*, int,
                 const double*, int, double, double*, int);
}

namespace pf {
namespace PF_ISA {

#if defined(__FMA__)
static inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
#endif

template <class T>
T* at(long long address) {
  return reinterpret_cast<T*>(address);
}

template <class T>
T* at(const pf_view& view) {
  return reinterpret_cast<T*>(view.data);
}

static inline long long smaller(long long a, long long b) { return a < b ? a : b; }
static inline long long larger(long long a, long long b) { return a > b ? a : b; }
static inline long long ceil_div(long long a, long long b) { return (a + b - 1) / b; }

// Whether a descriptor's `algorithm` allows this one.
static inline bool may_be(int algorithm, int numerics) { return algorithm == PF_NUMERICS_ANY || algorithm == numerics; }

// Workspace parts begin on cache lines.
static inline long long lines(long long bytes) { return (bytes + 63) / 64 * 64; }

static inline long long count_of(const pf_view& view) {
  long long count = 1;
  for (int i = 0; i < view.rank; i++) count *= view.dims[i];
  return count;
}

static inline int bytes_of(int dtype) {
  return dtype == PF_UINT8 ? 1 : dtype == PF_FLOAT64 || dtype == PF_INT64 ? 8 : 4;
}

static inline bool is_float(int dtype) { return dtype == PF_FLOAT32 || dtype == PF_FLOAT64; }

// PF_OK for a plain view of rank 0 to 8 with this dtype.
static inline int check_plain(const pf_view& view, int dtype) {
  if (view.rank < 0 || view.rank > 8 || view.dtype != dtype) return PF_INVALID;
  if (view.order != PF_PLAIN) return PF_UNSUPPORTED;
  for (int i = 0; i < view.rank; i++) {
    if (view.dims[i] < 0) return PF_INVALID;
  }
  return PF_OK;
}

static inline int check_plain(const pf_view& view, int dtype, long long count) {
  int status = check_plain(view, dtype);
  return status != PF_OK ? status : count_of(view) == count ? PF_OK : PF_INVALID;
}

static inline bool same_dims(const pf_view& a, const pf_view& b) {
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; i++) {
    if (a.dims[i] != b.dims[i]) return false;
  }
  return true;
}

static inline bool is_identity_or_relu(int activation) { return activation == PF_IDENTITY || activation == PF_RELU; }

static inline bool is_none(const pf_epilogue& e) { return e.bias == 0 && e.add == 0 && e.activation == PF_IDENTITY; }

static inline void gemm(bool ta, bool tb, long long m, long long n, long long k, const float* a, long long lda,
                        const float* b, long long ldb, float beta, float* c, long long ldc) {
  cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, static_cast<int>(m),
              static_cast<int>(n), static_cast<int>(k), 1.0f, a, static_cast<int>(lda), b, static_cast<int>(ldb), beta,
              c, static_cast<int>(ldc));
}

static inline void gemm(bool ta, bool tb, long long m, long long n, long long k, const double* a, long long lda,
                        const double* b, long long ldb, double beta, double* c, long long ldc) {
  cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, static_cast<int>(m),
              static_cast<int>(n), static_cast<int>(k), 1.0, a, static_cast<int>(lda), b, static_cast<int>(ldb), beta,
              c, static_cast<int>(ldc));
}

// NaN passes through: the comparison is false for it.
template <class T>
static inline T relu(T x) {
  return x < T(0) ? T(0) : x;
}

// Sums in double over fixed lanes, so that they vectorise and have one order: element i goes to lane i % kLanes, and
// lanes are added in halves.
constexpr int kLanes = 32;

static inline double sum_of_lanes(double* lane) {
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  }
  return lane[0];
}

// Sum of term(i) over [0, count).
template <class Term>
static inline double sum_of_terms(long long count, Term term) {
  double lane[kLanes] = {};
  long long i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int l = 0; l < kLanes; l++) lane[l] += term(i + l);
  }
  for (int l = 0; i < count; i++, l++) lane[l] += term(i);
  return sum_of_lanes(lane);
}

template <class T>
static inline double sum_of(const T* x, long long count) {
  return sum_of_terms(count, [x](long long i) { return static_cast<double>(x[i]); });
}

template <class T>
static inline double dot_of(const T* x, const T* y, long long count) {
  return sum_of_terms(count, [x, y](long long i) { return static_cast<double>(x[i]) * static_cast<double>(y[i]); });
}

#define PF_FAMILY(name, header) extern const Family name##_family;
#include "../../families.def"

// Leaves a descriptor to one algorithm.
static inline int run_by(const Family& algorithm, const void* params, Cut* out) {
  out->runs = &algorithm;
  return algorithm.check(params, out);
}

// The first of these algorithms that takes a descriptor runs it.
template <int kCount>
static inline int run_by_first(const Family* const (&algorithms)[kCount], const void* params, Cut* out) {
  for (const Family* algorithm : algorithms) {
    Cut cut;
    const int status = run_by(*algorithm, params, &cut);
    if (status == PF_OK) *out = cut;
    if (status != PF_UNSUPPORTED) return status;
  }
  return PF_UNSUPPORTED;
}

}  // namespace PF_ISA
}  // namespace pf
