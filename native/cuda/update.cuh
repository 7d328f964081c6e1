// Optimizer updates, as many as a step has of one precision in one launch. Parameters and moments are plain; a
// convolution's gradient may have its channels last, and be narrower. Learning rate and step are read from device
// memory, so that a captured graph needs no change.
#pragma once
#include "functions.cuh"
#include "kernel.cuh"

#include "../formulas/updates.h"

struct Update {
  int64 count;
  int64 channels, area;  // of a gradient with its channels last; area 1 else
  int64 rule;            // enum pf_update_kind
  double momentum;       // also beta1
  double beta2;
  double epsilon;
  double weight_decay;
  double decoupled_decay;
  double rate_scale;
  double momentum_decay;
  const double* learning_rate;
  const int64* step;
  const void* parameter;
  const void* gradient;
  const void* first;
  const void* second;
  const void* third;
  void* new_parameter;
  void* new_first;
  void* new_second;
  void* new_third;
};

struct UpdatesParams {
  Head head;
  int64 count;
  const Update* updates;
  const int64* first_blocks;  // where the blocks of each begin
};

// What a block does: elements [first, last) of one update.
struct Part {
  Update update;
  uint32 first, last;
};

__device__ inline Part part_of(const UpdatesParams& p) {
  const uint32 which = which_of(p.count, p.first_blocks);
  Part part;
  part.update = p.updates[which];
  part.first = (blockIdx.x - static_cast<uint32>(p.first_blocks[which])) * kElementsPerBlock;
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
  return get<T>(u.gradient, at);
}

__device__ inline double rate_of(const Update& u) { return *u.learning_rate * u.rate_scale; }

// NAdam's share of the mean in update t.
__device__ inline double mean_of(const Update& u, double t) {
  return u.momentum * (1 - 0.5 * pow(kNadamBase, t * u.momentum_decay));
}

// The logarithm of the product of these over updates 1 to t; update.cpp has the series, whose terms are a thread's
// each.
__device__ inline double log_product(const Update& u, double t, double* shared) {
  constexpr double kTerms = 60, kLogHalf = -0.6931471805599453;
  const double exponent = u.momentum_decay * log(kNadamBase), k = static_cast<double>(threadIdx.x + 1);
  double term = 0;
  if (k <= kTerms) {
    const double steps = exponent < 0 ? expm1(t * k * exponent) / expm1(k * exponent) : t;
    term = -exp(k * (exponent + kLogHalf)) / k * steps;
  }
  return t * log(u.momentum) + block_sum(term, shared);
}

// What is the same for all elements of an update, in double.
struct Corrections {
  double first, second;  // 1 - momentum^t, 1 - beta2^t, without cancellation
  double ahead, now;     // NAdam's shares of the rate
};

__device__ inline Corrections corrections_of(const Update& u, double* shared) {
  const double t = static_cast<double>(*u.step + 1);
  if (threadIdx.x < 2) shared[threadIdx.x] = -expm1(t * log(threadIdx.x == 1 ? u.beta2 : u.momentum));
  __syncthreads();
  Corrections of = {shared[0], shared[1], 0, 0};
  if (u.rule == PF_UPDATE_NADAM) {
    __syncthreads();
    const double product = log_product(u, t, shared), mean = mean_of(u, t), next = mean_of(u, t + 1);
    of.ahead = rate_of(u) * next / -expm1(product + log(next));
    of.now = rate_of(u) * (1 - mean) / -expm1(product);
  }
  return of;
}

template <class R>
__device__ inline Factors<R> factors_of(const Update& u, const Corrections& of) {
  Factors<R> f;
  f.rate = static_cast<R>(rate_of(u));
  f.keep = static_cast<R>(1 - rate_of(u) * u.decoupled_decay);
  f.decay = static_cast<R>(u.weight_decay);
  f.decoupled = static_cast<R>(u.decoupled_decay);
  f.momentum = static_cast<R>(u.momentum);
  f.rest1 = static_cast<R>(1.0 - u.momentum);
  f.beta2 = static_cast<R>(u.beta2);
  f.rest2 = static_cast<R>(1.0 - u.beta2);
  f.epsilon = static_cast<R>(u.epsilon);
  f.size = static_cast<R>(rate_of(u) / of.first);
  f.inverse2 = static_cast<R>(1.0 / of.second);
  f.direct = static_cast<R>(1.0 / of.first);
  f.ahead = static_cast<R>(of.ahead);
  f.now = static_cast<R>(of.now);
  return f;
}

template <class T>
__device__ void update(const UpdatesParams& p) {
  typedef Real<T> R;
  __shared__ double shared[kThreads];
  const Part part = part_of(p);
  const Update& u = part.update;
  const Corrections corrections = corrections_of(u, shared);
  const Factors<R> factors = factors_of<R>(u, corrections);
  for (uint32 i = part.first + threadIdx.x; i < part.last; i += kThreads) {
    Element<R> e = {get<R>(u.parameter, i), R(0), R(0), R(0)};
    if (u.first) e.a = get<R>(u.first, i);
    if (u.second) e.b = get<R>(u.second, i);
    if (u.third) e.c = get<R>(u.third, i);
    e = updated(static_cast<int>(u.rule), e, gradient_of<T>(u, i), factors);
    if (u.first) put<R>(u.new_first, i, e.a);
    if (u.second) put<R>(u.new_second, i, e.b);
    if (u.third) put<R>(u.new_third, i, e.c);
    put<R>(u.new_parameter, i, e.w);
  }
}
PF_IMAGE_BLOCKS(update, UpdatesParams)

struct TrustParams {
  Head head;
  int64 count;
  double rate_scale;
  const double* learning_rate;
  const void* parameter;
  const void* direction;
  const void* size;            // the parameter's norm, one number
  const void* direction_size;  // the direction's
  void* new_parameter;
};

// Where the ratio of the norms fits no number the direction is divided by its own first.
template <class T>
__device__ void trust(const TrustParams& p) {
  const T size = get<T>(p.size, 0), direction = get<T>(p.direction_size, 0);
  const T rate = static_cast<T>(*p.learning_rate * p.rate_scale);
  const T ratio = size > T(0) && direction > T(0) ? size / direction : T(1);
  const T small = sizeof(T) == 4 ? T(1e-30) : T(1e-300);
  if (ratio > small && ratio < T(1) / small) {
    const T step = rate * ratio;
    map<T>(NoChannels(), p.count, p.parameter, p.direction, p.new_parameter,
           [=](uint32, uint32, T w, T d) { return w - step * d; });
  } else {
    const T step = rate * size;
    map<T>(NoChannels(), p.count, p.parameter, p.direction, p.new_parameter,
           [=](uint32, uint32, T w, T d) { return w - step * (d / direction); });
  }
}
PF_ELEMENTS(trust, TrustParams)
