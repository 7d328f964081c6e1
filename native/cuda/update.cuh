// Optimizer updates, as many as a step has of one precision in one launch. Parameters and moments are plain; a
// convolution's gradient may have its channels last, and be narrower. Learning rate and step are read from device
// memory, so that a captured graph needs no change.
#pragma once
#include "kernel.cuh"

struct Update {
  int64 count;
  int64 channels, area;  // of a gradient with its channels last; area 1 else
  int64 rule;            // enum pf_update_kind of update.h, which has the formulas
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

constexpr int64 kSgd = 0, kMomentum = 1, kNesterov = 2, kAmsGrad = 4, kNadam = 5, kAdaGrad = 6;
constexpr double kNadamBase = 0.96;
constexpr int64 kRmsProp = 7, kRmsPropMomentum = 8, kAdaDelta = 9, kLamb = 11;

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
  return get<T>(u.gradient, at) + static_cast<Real<T>>(u.weight_decay) * get<Real<T>>(u.parameter, i);
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
  if (u.rule == kNadam) {
    __syncthreads();
    const double product = log_product(u, t, shared), mean = mean_of(u, t), next = mean_of(u, t + 1);
    of.ahead = rate_of(u) * next / -expm1(product + log(next));
    of.now = rate_of(u) * (1 - mean) / -expm1(product);
  }
  return of;
}

// One parameter with its moments, before and after.
template <class R>
struct Element {
  R w, a, b, c;
};

// The rules of one moment, and of none.
template <class R>
__device__ inline Element<R> short_rule(const Update& u, Element<R> e, R g, R rate, R kept) {
  const R momentum = static_cast<R>(u.momentum), beta2 = static_cast<R>(u.beta2);
  const R rest1 = static_cast<R>(1.0 - u.momentum), rest2 = static_cast<R>(1.0 - u.beta2);
  const R epsilon = static_cast<R>(u.epsilon);
  if (u.rule == kSgd) {
    e.w = kept - rate * g;
  } else if (u.rule == kMomentum || u.rule == kNesterov) {
    e.a = momentum * e.a + g;
    e.w = kept - rate * (u.rule == kNesterov ? g + momentum * e.a : e.a);
  } else if (u.rule == kAdaGrad || u.rule == kRmsProp) {
    e.a = u.rule == kAdaGrad ? e.a + g * g : beta2 * e.a + rest2 * (g * g);
    e.w = kept - rate * g / (sqrt(e.a) + epsilon);
  } else {  // kLion
    const R d = momentum * e.a + rest1 * g;
    e.a = beta2 * e.a + rest2 * g;
    e.w = kept - (d > R(0) ? rate : d < R(0) ? -rate : rate * d);
  }
  return e;
}

// The rules of two moments and three.
template <class R>
__device__ inline Element<R> long_rule(const Update& u, const Corrections& of, Element<R> e, R g, R rate, R kept) {
  const R momentum = static_cast<R>(u.momentum), beta2 = static_cast<R>(u.beta2);
  const R rest1 = static_cast<R>(1.0 - u.momentum), rest2 = static_cast<R>(1.0 - u.beta2);
  const R epsilon = static_cast<R>(u.epsilon);
  if (u.rule == kRmsPropMomentum) {
    e.a = beta2 * e.a + rest2 * (g * g);
    e.b = momentum * e.b + g / (sqrt(e.a) + epsilon);
    e.w = kept - rate * e.b;
    return e;
  }
  if (u.rule == kAdaDelta) {
    e.a = beta2 * e.a + rest2 * (g * g);
    const R d = g * sqrt(e.b + epsilon) / sqrt(e.a + epsilon);
    e.b = beta2 * e.b + rest2 * (d * d);
    e.w = kept - rate * d;
    return e;
  }
  const R inverse = static_cast<R>(1.0 / of.second);
  e.a = momentum * e.a + rest1 * g;
  e.b = beta2 * e.b + rest2 * (g * g);
  e.c = e.c > e.b ? e.c : e.b;
  const R scale = sqrt((u.rule == kAmsGrad ? e.c : e.b) * inverse) + epsilon;
  if (u.rule == kNadam) {
    e.w = kept - (static_cast<R>(of.ahead) * e.a + static_cast<R>(of.now) * g) / scale;
  } else if (u.rule == kLamb) {
    e.w = static_cast<R>(1.0 / of.first) * e.a / scale + static_cast<R>(u.decoupled_decay) * e.w;
  } else {
    e.w = kept - static_cast<R>(rate_of(u) / of.first) * e.a / scale;
  }
  return e;
}

template <class T>
__device__ void update(const UpdatesParams& p) {
  typedef Real<T> R;
  __shared__ double shared[kThreads];
  const Part part = part_of(p);
  const Update& u = part.update;
  const Corrections corrections = corrections_of(u, shared);
  const R rate = static_cast<R>(rate_of(u)), keep = static_cast<R>(1 - rate_of(u) * u.decoupled_decay);
  for (uint32 i = part.first + threadIdx.x; i < part.last; i += kThreads) {
    Element<R> e = {get<R>(u.parameter, i), R(0), R(0), R(0)};
    if (u.first) e.a = get<R>(u.first, i);
    if (u.second) e.b = get<R>(u.second, i);
    if (u.third) e.c = get<R>(u.third, i);
    const R g = gradient_of<T>(u, i), kept = keep * e.w;
    e = u.second ? long_rule(u, corrections, e, g, rate, kept) : short_rule(u, e, g, rate, kept);
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
