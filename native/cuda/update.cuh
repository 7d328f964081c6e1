// Optimizer updates, as many as a step has of one precision in one launch. Parameters and moments are plain; a
// convolution's gradient may have its channels last, and be narrower. Learning rate and step are read from device
// memory, so that a captured graph needs no change.
#pragma once
#include "kernel.cuh"

struct Update {
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

struct UpdatesParams {
  Head head;
  int64 count;
  const Update* updates;
  const int64* first_blocks;  // where the blocks of each begin
};

constexpr uint32 kElementsPerBlock = 4 * kThreads;

// What a block does: elements [first, last) of one update.
struct Part {
  Update update;
  uint32 first, last;
};

__device__ inline Part part_of(const UpdatesParams& p) {
  uint32 low = 0, high = static_cast<uint32>(p.count);
  while (high - low > 1) {
    const uint32 middle = (low + high) / 2;
    if (p.first_blocks[middle] <= blockIdx.x) {
      low = middle;
    } else {
      high = middle;
    }
  }
  Part part;
  part.update = p.updates[low];
  part.first = (blockIdx.x - static_cast<uint32>(p.first_blocks[low])) * kElementsPerBlock;
  const int64 end = static_cast<int64>(part.first) + kElementsPerBlock;
  part.last = static_cast<uint32>(end < part.update.count ? end : part.update.count);
  return part;
}

// The gradient of parameter i.
template <class T>
__device__ Real<T> gradient_of(const Update& u, uint32 i) {
  const uint32 area = static_cast<uint32>(u.area), channels = static_cast<uint32>(u.channels);
  uint32 at = i;
  if (area > 1) {
    const uint32 pixel = i % area, row = i / area;
    at = (row / channels * area + pixel) * channels + row % channels;
  }
  return get<T>(u.gradient, at) + static_cast<Real<T>>(u.weight_decay) * get<Real<T>>(u.parameter, i);
}

template <class T>
__device__ void sgd(const UpdatesParams& p) {
  const Part part = part_of(p);
  const Update& u = part.update;
  const Real<T> rate = static_cast<Real<T>>(*u.learning_rate);
  for (uint32 i = part.first + threadIdx.x; i < part.last; i += kThreads) {
    put<Real<T>>(u.new_parameter, i, get<Real<T>>(u.parameter, i) - rate * gradient_of<T>(u, i));
  }
}
PF_IMAGE_ELEMENTS(sgd, UpdatesParams)

template <class T>
__device__ void momentum(const UpdatesParams& p) {
  const Part part = part_of(p);
  const Update& u = part.update;
  const Real<T> rate = static_cast<Real<T>>(*u.learning_rate), keep = static_cast<Real<T>>(u.momentum);
  for (uint32 i = part.first + threadIdx.x; i < part.last; i += kThreads) {
    const Real<T> g = gradient_of<T>(u, i);
    const Real<T> v = keep * get<Real<T>>(u.first, i) + g;
    put<Real<T>>(u.new_first, i, v);
    put<Real<T>>(u.new_parameter, i, get<Real<T>>(u.parameter, i) - rate * (u.nesterov ? g + keep * v : v));
  }
}
PF_IMAGE_ELEMENTS(momentum, UpdatesParams)

template <class T>
__device__ void adam(const UpdatesParams& p) {
  __shared__ double corrections[2];
  const Part part = part_of(p);
  const Update& u = part.update;
  if (threadIdx.x < 2) {
    // 1 - beta^t without cancellation.
    const double t = static_cast<double>(*u.step + 1);
    corrections[threadIdx.x] = -expm1(t * log(threadIdx.x == 0 ? u.momentum : u.beta2));
  }
  __syncthreads();
  const Real<T> size = static_cast<Real<T>>(*u.learning_rate / corrections[0]);
  const Real<T> inverse = static_cast<Real<T>>(1.0 / corrections[1]);
  const Real<T> beta1 = static_cast<Real<T>>(u.momentum), rest1 = static_cast<Real<T>>(1.0 - u.momentum);
  const Real<T> beta2 = static_cast<Real<T>>(u.beta2), rest2 = static_cast<Real<T>>(1.0 - u.beta2);
  for (uint32 i = part.first + threadIdx.x; i < part.last; i += kThreads) {
    const Real<T> g = gradient_of<T>(u, i);
    const Real<T> m = beta1 * get<Real<T>>(u.first, i) + rest1 * g;
    const Real<T> v = beta2 * get<Real<T>>(u.second, i) + rest2 * (g * g);
    put<Real<T>>(u.new_first, i, m);
    put<Real<T>>(u.new_second, i, v);
    put<Real<T>>(u.new_parameter, i,
                 get<Real<T>>(u.parameter, i) - size * m / (sqrt(v * inverse) + static_cast<Real<T>>(u.epsilon)));
  }
}
PF_IMAGE_BLOCKS(adam, UpdatesParams)
