// Functions of one number and their derivatives, the same text for C++ and CUDA. The includer says what PF_FORMULA is
// and has sigmoid, root_of, exp_of, log_of, power_of, log1p_of (of numbers in [0, 1]), log_above_one, normal_below (the
// share of a unit Gaussian below x) and, for numbers up to 0, exp_below_zero and expm1_below_zero. It is included
// inside a namespace where there is one.
#pragma once

// Klambauer et al. 2017.
constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543773;

template <class T>
PF_FORMULA T least_of(T a, T b) {
  return b < a ? b : a;
}

// Comparisons that are false for NaN keep it.
template <class T>
PF_FORMULA T within(T x, T low, T high) {
  const T raised = x < low ? low : x;
  return raised > high ? high : raised;
}

// x times a weight; where that is 0, 0 even of an infinite x or NaN.
template <class T>
PF_FORMULA T weighed(T x, T weight) {
  return weight == T(0) ? T(0) : x * weight;
}

// tanh(log(1 + e^x)) = sure / (sure + rest), of which neither overflows: both are divided by e^2x above 0.
template <class T>
struct SoftTanh {
  T sure, rest;
};

template <class T>
PF_FORMULA SoftTanh<T> soft_tanh(T x) {
  const T e = exp_below_zero(x < T(0) ? x : -x);
  return {x < T(0) ? e * (e + T(2)) : T(1) + T(2) * e, x < T(0) ? T(2) : T(2) * e * e};
}

template <class T>
PF_FORMULA T value_of(int function, T x, T alpha) {
  switch (function) {
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
    case PF_MISH: {
      const SoftTanh<T> t = soft_tanh(x);
      return x * (t.sure / (t.sure + t.rest));
    }
    default:  // PF_LOG1P
      return log_above_one(x);
  }
}

template <class T>
PF_FORMULA T slope_of(int function, T x, T alpha) {
  switch (function) {
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
    case PF_MISH: {
      const SoftTanh<T> t = soft_tanh(x);
      const T value = t.sure / (t.sure + t.rest), rest = t.rest / (t.sure + t.rest);
      return value + x * (rest * (T(1) + value) * sigmoid(x));
    }
    default:  // PF_LOG1P
      return T(1) / (T(1) + x);
  }
}
