// Sums, norms and the adjoint of sums over dimensions, of a tensor seen as keep0 x reduce0 x keep1 x reduce1. Slices of
// what is reduced are summed in double and merged in slice order.
#pragma once
#include "kernel.cuh"

struct ReduceParams {
  Head head;
  int64 keep0, reduce0, keep1, reduce1;
  int64 slices;
  int64 squares;  // whether the root of the sum of squares is asked for
  double scale;
  const void* x;
  void* out;
  double* sums;  // slices x keep0 x keep1; of squares, which have one output, their scales behind them
};

// Squares outside [kLeast, kMost] may have lost terms that were too large or too small for a number; of values that are
// scaled so, none that count.
constexpr double kLeast = 1e-270, kMost = 1e300;
constexpr double kUp = 4.149515568880993e+180, kDown = 2.409919865102884e-181;  // 2^600 and its inverse

template <class T>
__device__ double term(const ReduceParams& p, double scale, uint32 i) {
  const double x = scale * static_cast<double>(get<T>(p.x, i));
  return p.squares ? x * x : x;
}

// A block's part of the terms of one output.
template <class T>
__device__ double part_sum(const ReduceParams& p, double scale, double* shared) {
  const uint32 terms = static_cast<uint32>(p.reduce0 * p.reduce1);
  const uint32 k0 = blockIdx.x / static_cast<uint32>(p.keep1), k1 = blockIdx.x % static_cast<uint32>(p.keep1);
  const uint32 size = (terms + static_cast<uint32>(p.slices) - 1) / static_cast<uint32>(p.slices);
  const uint32 begin = blockIdx.y * size, end = begin + size < terms ? begin + size : terms;
  const uint32 reduce0 = static_cast<uint32>(p.reduce0), keep1 = static_cast<uint32>(p.keep1);
  const uint32 reduce1 = static_cast<uint32>(p.reduce1);
  double sum = 0;
  for (uint32 r = begin + threadIdx.x; r < end; r += kThreads) {
    sum += term<T>(p, scale, ((k0 * reduce0 + r / reduce1) * keep1 + k1) * reduce1 + r % reduce1);
  }
  return block_sum(sum, shared);
}

// One output per block: keep0 x keep1 blocks, times slices.
template <class T>
__device__ void sum_rows(const ReduceParams& p) {
  __shared__ double shared[kThreads];
  const uint32 outputs = static_cast<uint32>(p.keep0 * p.keep1);
  double scale = 1, sum = part_sum<T>(p, scale, shared);
  if (p.squares && !(sum >= kLeast && sum <= kMost)) {
    scale = sum < kLeast ? kUp : kDown;
    sum = part_sum<T>(p, scale, shared);
  }
  if (threadIdx.x == 0) {
    p.sums[blockIdx.y * outputs + blockIdx.x] = sum;
    if (p.squares) p.sums[p.slices + blockIdx.y] = scale;
  }
}
PF_IMAGE_BLOCKS(sum_rows, ReduceParams)

// 32 outputs side by side per block, where reduce1 is 1: ceil(keep1 / 32) x slices x keep0 blocks.
template <class T>
__device__ void sum_columns(const ReduceParams& p) {
  __shared__ double shared[kThreads];
  const uint32 k1 = blockIdx.x * kLanes + threadIdx.x % kLanes, keep1 = static_cast<uint32>(p.keep1);
  const uint32 rows = static_cast<uint32>((p.reduce0 + p.slices - 1) / p.slices);
  const uint32 begin = blockIdx.y * rows, reduce0 = static_cast<uint32>(p.reduce0);
  const uint32 end = begin + rows < reduce0 ? begin + rows : reduce0;
  double sum = 0;
  for (uint32 r = begin + threadIdx.x / kLanes; r < end && k1 < keep1; r += kRows) {
    sum += term<T>(p, 1, (blockIdx.z * reduce0 + r) * keep1 + k1);
  }
  sum = lane_sum(sum, shared);
  if (threadIdx.x < kLanes && k1 < keep1) {
    p.sums[(blockIdx.y * static_cast<uint32>(p.keep0) + blockIdx.z) * keep1 + k1] = sum;
  }
}
PF_IMAGE_BLOCKS(sum_columns, ReduceParams)

// Brings all slices to the scale of the largest.
__device__ inline double merged_norm(const ReduceParams& p) {
  const double* scales = p.sums + p.slices;
  double scale = kUp, sum = 0;
  for (uint32 slice = 0; slice < p.slices; slice++) scale = scales[slice] < scale ? scales[slice] : scale;
  for (uint32 slice = 0; slice < p.slices; slice++) {
    const double by = scale / scales[slice];
    sum += p.sums[slice] * by * by;
  }
  return sqrt(sum) / scale;
}

template <class T>
__device__ void sum_merge(const ReduceParams& p) {
  const uint32 outputs = static_cast<uint32>(p.keep0 * p.keep1);
  for (uint32 i = first_element(); i < outputs; i += all_threads()) {
    double sum = 0;
    for (uint32 slice = 0; slice < p.slices; slice++) sum += p.sums[slice * outputs + i];
    put<Real<T>>(p.out, i, static_cast<Real<T>>(p.scale * (p.squares ? merged_norm(p) : sum)));
  }
}
PF_IMAGE_ELEMENTS(sum_merge, ReduceParams)

template <class T>
__device__ void expand(const ReduceParams& p) {
  const uint32 reduce0 = static_cast<uint32>(p.reduce0), keep1 = static_cast<uint32>(p.keep1);
  const uint32 reduce1 = static_cast<uint32>(p.reduce1);
  const uint32 count = static_cast<uint32>(p.keep0) * reduce0 * keep1 * reduce1;
  for (uint32 i = first_element(); i < count; i += all_threads()) {
    const uint32 k1 = i / reduce1 % keep1, k0 = i / reduce1 / keep1 / reduce0;
    put<T>(p.out, i, static_cast<Real<T>>(p.scale) * get<Real<T>>(p.x, k0 * keep1 + k1));
  }
}
PF_IMAGE_ELEMENTS(expand, ReduceParams)
