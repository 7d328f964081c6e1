// Elementwise formulas, and the end of a product or a convolution: bias, residual, activation.
#pragma once
#include "functions.cuh"
#include "kernel.cuh"

struct PointwiseParams {
  Head head;
  int64 count;
  const void* a;
  const void* b;
  void* out;
  double alpha;
  double beta;
  int64 choice;  // of an activation or a function
};

template <class T>
__device__ void add(const PointwiseParams& p) {
  map<T>(NoChannels(), p.count, p.a, p.b, p.out, [](uint32, uint32, Real<T> a, Real<T> b) { return a + b; });
}
PF_IMAGE_ELEMENTS(add, PointwiseParams)

template <class T>
__device__ void multiply(const PointwiseParams& p) {
  map<T>(NoChannels(), p.count, p.a, p.b, p.out, [](uint32, uint32, Real<T> a, Real<T> b) { return a * b; });
}
PF_IMAGE_ELEMENTS(multiply, PointwiseParams)

template <class T>
__device__ void weigh(const PointwiseParams& p) {
  map<T>(NoChannels(), p.count, p.a, p.b, p.out, [](uint32, uint32, Real<T> a, Real<T> b) { return weighed(a, b); });
}
PF_IMAGE_ELEMENTS(weigh, PointwiseParams)

template <class T>
__device__ void activate(const PointwiseParams& p) {
  map<T>(NoChannels(), p.count, p.a, p.out, [&](uint32, uint32, Real<T> x) { return activated(p.choice, x); });
}
PF_IMAGE_ELEMENTS(activate, PointwiseParams)

// Every derivative from the activation's value, so that its input need not be kept.
template <class T>
__device__ void activate_grad(const PointwiseParams& p) {
  map<T>(NoChannels(), p.count, p.a, p.b, p.out, [&](uint32, uint32, Real<T> dy, Real<T> y) {
    if (p.choice == PF_RELU) return y <= Real<T>(0) ? Real<T>(0) : dy;
    if (p.choice == PF_SIGMOID) return dy * (y * (Real<T>(1) - y));
    return p.choice == PF_TANH ? dy * (Real<T>(1) - y * y) : dy;
  });
}
PF_IMAGE_ELEMENTS(activate_grad, PointwiseParams)

template <class T>
__device__ void rescale(const PointwiseParams& p) {
  const Real<T> scale = static_cast<Real<T>>(p.alpha), shift = static_cast<Real<T>>(p.beta);
  map<T>(NoChannels(), p.count, p.a, p.out, [=](uint32, uint32, Real<T> x) { return scale * x + shift; });
}
PF_IMAGE_ELEMENTS(rescale, PointwiseParams)

template <class T>
__device__ void rescale_bytes(const PointwiseParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Real<T> x = static_cast<Real<T>>(static_cast<const unsigned char*>(p.a)[i]);
    put<T>(p.out, i, static_cast<Real<T>>(p.alpha) * x + static_cast<Real<T>>(p.beta));
  }
}
PF_ELEMENTS(rescale_bytes, PointwiseParams)

template <class T>
__device__ void clamp(const PointwiseParams& p) {
  const Real<T> low = static_cast<Real<T>>(p.alpha), high = static_cast<Real<T>>(p.beta);
  map<T>(NoChannels(), p.count, p.a, p.out, [=](uint32, uint32, Real<T> x) { return within(x, low, high); });
}
PF_IMAGE_ELEMENTS(clamp, PointwiseParams)

template <class T>
__device__ void clamp_grad(const PointwiseParams& p) {
  const Real<T> low = static_cast<Real<T>>(p.alpha), high = static_cast<Real<T>>(p.beta);
  map<T>(NoChannels(), p.count, p.a, p.b, p.out,
         [=](uint32, uint32, Real<T> dy, Real<T> x) { return x <= low || x >= high ? Real<T>(0) : dy; });
}
PF_IMAGE_ELEMENTS(clamp_grad, PointwiseParams)

template <class T>
__device__ void function(const PointwiseParams& p) {
  const Real<T> alpha = static_cast<Real<T>>(p.alpha);
  map<T>(NoChannels(), p.count, p.a, p.out,
         [&](uint32, uint32, Real<T> x) { return value_of(static_cast<int>(p.choice), x, alpha); });
}
PF_IMAGE_ELEMENTS(function, PointwiseParams)

template <class T>
__device__ void function_grad(const PointwiseParams& p) {
  const Real<T> alpha = static_cast<Real<T>>(p.alpha);
  map<T>(NoChannels(), p.count, p.a, p.b, p.out, [&](uint32, uint32, Real<T> dy, Real<T> x) {
    return weighed(slope_of(static_cast<int>(p.choice), x, alpha), dy);
  });
}
PF_IMAGE_ELEMENTS(function_grad, PointwiseParams)

// One norm for all, at b. What a large one leaves may be too small a number: then each element is divided first.
template <class T>
__device__ void clip_norm(const PointwiseParams& p) {
  const double size = static_cast<double>(get<Real<T>>(p.b, 0)) + 1e-6, factor = p.alpha / size;
  if (factor > (sizeof(Real<T>) == 4 ? 1e-30 : 1e-300)) {
    const Real<T> scale = static_cast<Real<T>>(factor < 1 ? factor : 1.0);
    map<T>(NoChannels(), p.count, p.a, p.out, [=](uint32, uint32, Real<T> x) { return scale * x; });
  } else {
    const Real<T> by = static_cast<Real<T>>(size), most = static_cast<Real<T>>(p.alpha);
    map<T>(NoChannels(), p.count, p.a, p.out, [=](uint32, uint32, Real<T> x) { return x / by * most; });
  }
}
PF_IMAGE_ELEMENTS(clip_norm, PointwiseParams)

// One scale for all, at b.
template <class T>
__device__ void unscale(const PointwiseParams& p) {
  const T scale = get<T>(p.b, 0);
  map<T>(NoChannels(), p.count, p.a, p.out, [&](uint32, uint32, T x) {
    const T quotient = x / scale;
    if (quotient - quotient != T(0)) stop(p.head, PF_OVERFLOW);
    return quotient;
  });
}
PF_ELEMENTS(unscale, PointwiseParams)

// Values that must be finite, as many as follow each other in one launch.
struct Check {
  int64 count;
  int64 squares;  // whether their squares must be finite too
  const void* a;
  void* out;  // the same memory, or where a copy goes
};

struct ChecksParams {
  ManyHead head;
  int64 count;
  const Check* checks;
  const int64* first_blocks;
};

template <class T>
__device__ void require_finite(const ChecksParams& p) {
  typedef Real<T> R;
  constexpr uint32 kPack = Pack<T>::kCount;
  const uint32 which = which_of(p.count, p.first_blocks);
  const Check& check = p.checks[which];
  const uint32 first = (blockIdx.x - static_cast<uint32>(p.first_blocks[which])) * kElementsPerBlock;
  const uint32 count = static_cast<uint32>(check.count);
  const uint32 last = count - first < kElementsPerBlock ? count : first + kElementsPerBlock;
  const auto see = [&](R x) {
    const R size = check.squares ? x * x : x;
    if (size - size != R(0)) stop(p.head, PF_NOT_FINITE, which);
  };
  for (uint32 pack = first / kPack + threadIdx.x; pack < last / kPack; pack += kThreads) {
    const Pack<T> x = pack_at<T>(check.a, pack);
    for (uint32 l = 0; l < kPack; l++) see(widened(x.values[l]));
    if (check.out != check.a) static_cast<Pack<T>*>(check.out)[pack] = x;
  }
  for (uint32 i = last / kPack * kPack + threadIdx.x; i < last; i += kThreads) {
    see(get<T>(check.a, i));
    if (check.out != check.a) put<T>(check.out, i, get<T>(check.a, i));
  }
}
PF_IMAGE_ELEMENTS(require_finite, ChecksParams)

struct FinishParams {
  Head head;
  int64 count;
  int64 channels;
  int64 inner;  // elements of a channel that lie side by side
  void* y;
  const void* bias;      // channels values, or null
  const void* residual;  // y's elements, or null
  int64 activation;
};

// y = activation(y + bias + residual), in place.
template <class T>
__device__ void finish(const FinishParams& p) {
  const Channels channels{static_cast<uint32>(p.inner), static_cast<uint32>(p.channels)};
  const auto end = [&](uint32 c, uint32, Real<T> y, Real<T> residual) {
    if (p.bias) y += get<Real<T>>(p.bias, c);
    return activated(p.activation, y + residual);
  };
  if (p.residual) {
    map<T>(channels, p.count, p.y, p.residual, p.y, end);
  } else {
    map<T>(channels, p.count, p.y, p.y, [&](uint32 c, uint32 i, Real<T> y) { return end(c, i, y, Real<T>(0)); });
  }
}
PF_IMAGE_ELEMENTS(finish, FinishParams)
