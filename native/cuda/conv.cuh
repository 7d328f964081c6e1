// A batch norm with given statistics as part of the convolution before it: scale and shift in double.
#pragma once
#include "kernel.cuh"

struct FoldParams {
  Head head;
  int64 channels, size;  // output channels, and weights of each
  double epsilon;
  const void* weights;
  const void* bias;  // or null
  const void* gamma;
  const void* beta;
  const void* mean;
  const void* variance;
  void* new_weights;
  void* new_bias;
};

template <class T>
__device__ void fold(const FoldParams& p) {
  const uint32 size = static_cast<uint32>(p.size);
  for (uint32 i = first_element(); i < p.channels * p.size; i += all_threads()) {
    const uint32 c = i / size;
    const double spread = static_cast<double>(get<T>(p.variance, c)) + p.epsilon;
    const double scale = static_cast<double>(get<T>(p.gamma, c)) / sqrt(spread);
    put<T>(p.new_weights, i, static_cast<T>(scale) * get<T>(p.weights, i));
    if (i % size != 0) continue;
    const double bias = p.bias ? static_cast<double>(get<T>(p.bias, c)) : 0;
    const double centred = bias - static_cast<double>(get<T>(p.mean, c));
    put<T>(p.new_bias, c, static_cast<T>(scale * centred + static_cast<double>(get<T>(p.beta, c))));
  }
}
PF_ELEMENTS(fold, FoldParams)
