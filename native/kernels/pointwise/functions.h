// Functions of one number and their derivatives, without branches where float32 allows it, so that loops over them
// become vectors. float64 takes the C library's.
#pragma once
#include "shared/exponential.h"
#include "portafilter/pointwise.h"

namespace pf {
namespace PF_ISA {

// Klambauer et al. 2017.
constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543773;

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

template <class T>
static inline T least_of(T a, T b) {
  return b < a ? b : a;
}

// Comparisons that are false for NaN keep it.
template <class T>
static inline T within(T x, T low, T high) {
  const T raised = x < low ? low : x;
  return raised > high ? high : raised;
}

// x times a weight; where that is 0, 0 even of an infinite x or NaN.
template <class T>
static inline T weighed(T x, T weight) {
  return weight == T(0) ? T(0) : x * weight;
}

template <int kFunction, class T>
static inline T value_of(T x, T alpha) {
  switch (kFunction) {
    case PF_ABS:
      return x < T(0) ? -x : x;
    case PF_SQUARE:
      return x * x;
    case PF_SQRT:
      return root_of(x);
    case PF_EXP:
      return exp_of(x);
    case PF_LOG:
      return log_of(x);
    case PF_POWER:
      return power_of(x, alpha);
    case PF_LEAKY_RELU:
      return x < T(0) ? alpha * x : x;
    case PF_ELU:
      return x < T(0) ? alpha * expm1_below_zero(least_of(x, T(0))) : x;
    case PF_SELU:
      return T(kSeluScale) * (x < T(0) ? T(kSeluAlpha) * expm1_below_zero(least_of(x, T(0))) : x);
    case PF_GELU:
      return x * normal_below(x);
    case PF_SILU:
      return x * sigmoid(x);
    case PF_SOFTPLUS:
      return (x < T(0) ? T(0) : x) + log1p_of(exp_below_zero(x < T(0) ? x : -x));
    case PF_HARD_SIGMOID:
      return within(x * T(1.0 / 6) + T(0.5), T(0), T(1));
    case PF_HARD_SWISH:
      return x * within(x * T(1.0 / 6) + T(0.5), T(0), T(1));
    case PF_HUBER: {
      const T size = x < T(0) ? -x : x, inner = size > alpha ? alpha : size;
      return inner * (size - T(0.5) * inner);
    }
    default:  // PF_LOG1P
      return log_above_one(x);
  }
}

template <int kFunction, class T>
static inline T slope_of(T x, T alpha) {
  switch (kFunction) {
    case PF_ABS:
      return x < T(0) ? T(-1) : x > T(0) ? T(1) : x;
    case PF_SQUARE:
      return T(2) * x;
    case PF_SQRT:
      return T(0.5) / root_of(x);
    case PF_EXP:
      return exp_of(x);
    case PF_LOG:
      return T(1) / x;
    case PF_POWER:
      return alpha * power_of(x, alpha - T(1));
    case PF_LEAKY_RELU:
      return x < T(0) ? alpha : T(1);
    case PF_ELU:
      return x < T(0) ? alpha * exp_below_zero(least_of(x, T(0))) : T(1);
    case PF_SELU:
      return T(kSeluScale) * (x < T(0) ? T(kSeluAlpha) * exp_below_zero(least_of(x, T(0))) : T(1));
    case PF_GELU:
      return normal_below(x) + x * (T(0.39894228040143268) * exp_below_zero(T(-0.5) * x * x));
    case PF_SILU: {
      const T s = sigmoid(x);
      return s * (T(1) + x * (T(1) - s));
    }
    case PF_SOFTPLUS:
      return sigmoid(x);
    case PF_HARD_SIGMOID:
      return x > T(-3) && x < T(3) ? T(1.0 / 6) : T(0);
    case PF_HARD_SWISH:
      return x <= T(-3) ? T(0) : x >= T(3) ? T(1) : x * T(1.0 / 3) + T(0.5);
    case PF_HUBER:
      return within(x, -alpha, alpha);
    default:  // PF_LOG1P
      return T(1) / (T(1) + x);
  }
}

template <int kFunction, class T>
static void apply(const T* x, T alpha, T* y, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) y[i] = value_of<kFunction>(x[i], alpha);
}

template <int kFunction, class T>
static void apply_slope(const T* dy, const T* x, T alpha, T* dx, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) dx[i] = weighed(slope_of<kFunction>(x[i], alpha), dy[i]);
}

// y = function(x) for one of enum pf_function, counted down from the last.
template <int kFunction = PF_LOG1P, class T>
static void apply_function(int function, const T* x, T alpha, T* y, long long count) {
  if (function == kFunction) {
    apply<kFunction>(x, alpha, y, count);
  } else if constexpr (kFunction > 0) {
    apply_function<kFunction - 1>(function, x, alpha, y, count);
  }
}

template <int kFunction = PF_LOG1P, class T>
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
