// Functions of one number and their derivatives; the numbers are those of pointwise.h.
#pragma once
#include "kernel.cuh"

constexpr int64 kAbs = 0, kSquare = 1, kSqrt = 2, kExp = 3, kLog = 4, kPower = 5, kLeakyRelu = 6, kElu = 7, kSelu = 8;
constexpr int64 kGelu = 9, kSilu = 10, kSoftplus = 11, kHardSigmoid = 12, kHardSwish = 13, kHuber = 14;
constexpr int64 kLog1p = 15;

// Klambauer et al. 2017.
constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543773;

// x times a weight; where that is 0, 0 even of an infinite x or NaN.
template <class T>
__device__ inline T weighed(T x, T weight) {
  return weight == T(0) ? T(0) : x * weight;
}

// The share of a unit Gaussian below x.
template <class T>
__device__ inline T normal_below(T x) {
  return T(0.5) * erfc(T(-0.70710678118654752440) * x);
}

// Comparisons that are false for NaN keep it.
template <class T>
__device__ inline T within(T x, T low, T high) {
  const T raised = x < low ? low : x;
  return raised > high ? high : raised;
}

template <class T>
__device__ inline T value_of(int64 function, T x, T alpha) {
  const T size = x < T(0) ? -x : x;
  switch (function) {
    case kAbs:
      return size;
    case kSquare:
      return x * x;
    case kSqrt:
      return sqrt(x);
    case kExp:
      return exp(x);
    case kLog:
      return log(x);
    case kPower:
      return pow(x, alpha);
    case kLeakyRelu:
      return x < T(0) ? alpha * x : x;
    case kElu:
      return x < T(0) ? alpha * expm1(x) : x;
    case kSelu:
      return T(kSeluScale) * (x < T(0) ? T(kSeluAlpha) * expm1(x) : x);
    case kGelu:
      return x * normal_below(x);
    case kSilu:
      return x * activated(kSigmoid, x);
    case kSoftplus:
      return (x < T(0) ? T(0) : x) + log1p(exp(-size));
    case kHardSigmoid:
      return within(x * T(1.0 / 6) + T(0.5), T(0), T(1));
    case kHardSwish:
      return x * within(x * T(1.0 / 6) + T(0.5), T(0), T(1));
    case kLog1p:
      return log1p(x);
    default: {
      const T inner = size > alpha ? alpha : size;
      return inner * (size - T(0.5) * inner);
    }
  }
}

template <class T>
__device__ inline T slope_of(int64 function, T x, T alpha) {
  switch (function) {
    case kAbs:
      return x < T(0) ? T(-1) : x > T(0) ? T(1) : x;
    case kSquare:
      return T(2) * x;
    case kSqrt:
      return T(0.5) / sqrt(x);
    case kExp:
      return exp(x);
    case kLog:
      return T(1) / x;
    case kPower:
      return alpha * pow(x, alpha - T(1));
    case kLeakyRelu:
      return x < T(0) ? alpha : T(1);
    case kElu:
      return x < T(0) ? alpha * exp(x) : T(1);
    case kSelu:
      return T(kSeluScale) * (x < T(0) ? T(kSeluAlpha) * exp(x) : T(1));
    case kGelu:
      return normal_below(x) + x * (T(0.39894228040143268) * exp(T(-0.5) * x * x));
    case kSilu: {
      const T s = activated(kSigmoid, x);
      return s * (T(1) + x * (T(1) - s));
    }
    case kSoftplus:
      return activated(kSigmoid, x);
    case kHardSigmoid:
      return x > T(-3) && x < T(3) ? T(1.0 / 6) : T(0);
    case kHardSwish:
      return x <= T(-3) ? T(0) : x >= T(3) ? T(1) : x * T(1.0 / 3) + T(0.5);
    case kLog1p:
      return T(1) / (T(1) + x);
    default:
      return within(x, -alpha, alpha);
  }
}
