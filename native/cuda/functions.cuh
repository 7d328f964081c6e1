// What functions of one number are made of on a GPU, and the functions.
#pragma once
#include "kernel.cuh"

template <class T>
__device__ inline T sigmoid(T x) {
  return activated(PF_SIGMOID, x);
}

template <class T>
__device__ inline T root_of(T x) {
  return sqrt(x);
}

template <class T>
__device__ inline T exp_of(T x) {
  return exp(x);
}

template <class T>
__device__ inline T exp_below_zero(T x) {
  return exp(x);
}

template <class T>
__device__ inline T expm1_below_zero(T x) {
  return expm1(x);
}

template <class T>
__device__ inline T log_of(T x) {
  return log(x);
}

template <class T>
__device__ inline T log1p_of(T x) {
  return log1p(x);
}

template <class T>
__device__ inline T log_above_one(T x) {
  return log1p(x);
}

template <class T>
__device__ inline T power_of(T x, T alpha) {
  return pow(x, alpha);
}

template <class T>
__device__ inline T normal_below(T x) {
  return T(0.5) * erfc(T(-0.70710678118654752440) * x);
}

#include "../formulas/functions.h"
