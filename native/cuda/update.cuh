// Optimizer updates. Parameters and moments are plain; a convolution's gradient may have its channels last, and be
// narrower. Learning
// rate and step are read from device memory, so that a captured graph needs no change.
#pragma once
#include "kernel.cuh"

struct UpdateParams {
  Head head;
  int64 count;
  int64 channels, area;  // of a gradient with its channels last; area 1 else
  int64 nesterov;
  double momentum;  // also beta1
  double beta2;
  double epsilon;
  double weight_decay;
  const double* learning_rate;
  const int64* step;
  const void* parameter;
  const void* gradient;
  const void* first;
  const void* second;
  void* new_parameter;
  void* new_first;
  void* new_second;
};

// The gradient of parameter i.
template <class T>
__device__ Real<T> gradient_of(const UpdateParams& p, uint32 i) {
  const uint32 area = static_cast<uint32>(p.area), channels = static_cast<uint32>(p.channels);
  uint32 at = i;
  if (area > 1) {
    const uint32 pixel = i % area, row = i / area;
    at = (row / channels * area + pixel) * channels + row % channels;
  }
  return get<T>(p.gradient, at) + static_cast<Real<T>>(p.weight_decay) * get<Real<T>>(p.parameter, i);
}

template <class T>
__device__ void sgd(const UpdateParams& p) {
  const Real<T> rate = static_cast<Real<T>>(*p.learning_rate);
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    put<Real<T>>(p.new_parameter, i, get<Real<T>>(p.parameter, i) - rate * gradient_of<T>(p, i));
  }
}
PF_IMAGE_ELEMENTS(sgd, UpdateParams)

template <class T>
__device__ void momentum(const UpdateParams& p) {
  const Real<T> rate = static_cast<Real<T>>(*p.learning_rate), keep = static_cast<Real<T>>(p.momentum);
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Real<T> g = gradient_of<T>(p, i);
    const Real<T> v = keep * get<Real<T>>(p.first, i) + g;
    put<Real<T>>(p.new_first, i, v);
    put<Real<T>>(p.new_parameter, i, get<Real<T>>(p.parameter, i) - rate * (p.nesterov ? g + keep * v : v));
  }
}
PF_IMAGE_ELEMENTS(momentum, UpdateParams)

template <class T>
__device__ void adam(const UpdateParams& p) {
  __shared__ double corrections[2];
  if (threadIdx.x < 2) {
    // 1 - beta^t without cancellation.
    const double t = static_cast<double>(*p.step + 1);
    corrections[threadIdx.x] = -expm1(t * log(threadIdx.x == 0 ? p.momentum : p.beta2));
  }
  __syncthreads();
  const Real<T> size = static_cast<Real<T>>(*p.learning_rate / corrections[0]);
  const Real<T> inverse = static_cast<Real<T>>(1.0 / corrections[1]);
  const Real<T> beta1 = static_cast<Real<T>>(p.momentum), rest1 = static_cast<Real<T>>(1.0 - p.momentum);
  const Real<T> beta2 = static_cast<Real<T>>(p.beta2), rest2 = static_cast<Real<T>>(1.0 - p.beta2);
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Real<T> g = gradient_of<T>(p, i);
    const Real<T> m = beta1 * get<Real<T>>(p.first, i) + rest1 * g;
    const Real<T> v = beta2 * get<Real<T>>(p.second, i) + rest2 * (g * g);
    put<Real<T>>(p.new_first, i, m);
    put<Real<T>>(p.new_second, i, v);
    put<Real<T>>(p.new_parameter, i,
                 get<Real<T>>(p.parameter, i) - size * m / (sqrt(v * inverse) + static_cast<Real<T>>(p.epsilon)));
  }
}
PF_IMAGE_BLOCKS(adam, UpdateParams)
