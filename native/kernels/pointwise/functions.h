// What functions of one number are made of (formulas/functions.h), without branches where float32 allows it, so that
// loops over them become vectors. float64 takes the C library's.
#pragma once
#include "shared/exponential.h"
#include "portafilter/pointwise.h"

namespace pf {
namespace PF_ISA {

template <class T>
static inline T sigmoid(T x) {
  const T e = exp_below_zero(x < T(0) ? x : -x);
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}

// Of any number: above 0 as the inverse square of e^(-x/2), which stays normal until e^x overflows.
static inline float exp_of(float x) {
  const float half = exp_below_zero(x < 0.0f ? x : -0.5f * x);
  const float inverse = 1.0f / half;
  return x < 0.0f ? half : inverse * inverse;
}
static inline double exp_of(double x) { return exp(x); }

// log(1 + u) for u in [0, 1]: 2 atanh(u / (2 + u)), a series in squares of at most 1/9. The smallest u's halves would
// be denormal.
static inline float log1p_of(float u) {
  const float twice = u / PF_FMA(0.5f, u, 1.0f), q = 0.25f * (twice * twice);
  float p = PF_FMA(q, 1.0f / 15, 1.0f / 13);
  p = PF_FMA(p, q, 1.0f / 11);
  p = PF_FMA(p, q, 1.0f / 9);
  p = PF_FMA(p, q, 1.0f / 7);
  p = PF_FMA(p, q, 1.0f / 5);
  p = PF_FMA(p, q, 1.0f / 3);
  p = PF_FMA(p, q, 1.0f);
  return p * twice;
}
static inline double log1p_of(double u) { return log1p(u); }

// The share of a unit Gaussian below x. float32: erfc by a Chebyshev fit to t e^(-z^2 + p(t)), t = 1 / (1 + z / 2), of
// relative error 1.2e-7 everywhere (Press et al. 1992).
static inline float normal_below(float x) {
  const float z = 0.70710678f * (x < 0.0f ? -x : x), t = 1.0f / PF_FMA(0.5f, z, 1.0f);
  float p = PF_FMA(t, 0.17087277f, -0.82215223f);
  p = PF_FMA(p, t, 1.48851587f);
  p = PF_FMA(p, t, -1.13520398f);
  p = PF_FMA(p, t, 0.27886807f);
  p = PF_FMA(p, t, -0.18628806f);
  p = PF_FMA(p, t, 0.09678418f);
  p = PF_FMA(p, t, 0.37409196f);
  p = PF_FMA(p, t, 1.00002368f);
  p = PF_FMA(p, t, -1.26551223f);
  const float tail = 0.5f * t * exp_below_zero(PF_FMA(-z, z, p));
  return x < 0.0f ? tail : 1.0f - tail;
}
static inline double normal_below(double x) { return 0.5 * erfc(-0.70710678118654752440 * x); }

static inline float root_of(float x) { return __builtin_sqrtf(x); }
static inline double root_of(double x) { return __builtin_sqrt(x); }
static inline float log_of(float x) { return logf(x); }
static inline double log_of(double x) { return log(x); }
static inline float log_above_one(float x) { return log1pf(x); }
static inline double log_above_one(double x) { return log1p(x); }
static inline float power_of(float x, float alpha) { return powf(x, alpha); }
static inline double power_of(double x, double alpha) { return pow(x, alpha); }

#include "../../formulas/functions.h"

template <int kFunction, class T>
static void apply(const T* x, T alpha, T* y, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) y[i] = value_of(kFunction, x[i], alpha);
}

template <int kFunction, class T>
static void apply_slope(const T* dy, const T* x, T alpha, T* dx, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) dx[i] = weighed(slope_of(kFunction, x[i], alpha), dy[i]);
}

// y = function(x) for one of enum pf_function, counted down from the last.
template <int kFunction = PF_FUNCTIONS - 1, class T>
static void apply_function(int function, const T* x, T alpha, T* y, long long count) {
  if (function == kFunction) {
    apply<kFunction>(x, alpha, y, count);
  } else if constexpr (kFunction > 0) {
    apply_function<kFunction - 1>(function, x, alpha, y, count);
  }
}

template <int kFunction = PF_FUNCTIONS - 1, class T>
static void apply_function_grad(int function, const T* dy, const T* x, T alpha, T* dx, long long count) {
  if (function == kFunction) {
    apply_slope<kFunction>(dy, x, alpha, dx, count);
  } else if constexpr (kFunction > 0) {
    apply_function_grad<kFunction - 1>(function, dy, x, alpha, dx, count);
  }
}

// Whether function(0) is 0 and its derivative there finite.
static inline bool function_keeps_zero(int function) {
  switch (function) {
    case PF_SQRT:
    case PF_EXP:
    case PF_LOG:
    case PF_POWER:
    case PF_SOFTPLUS:
    case PF_HARD_SIGMOID:
      return false;
    default:
      return true;
  }
}

}  // namespace PF_ISA
}  // namespace pf
