// Batch normalisation in either layout. Sums over slices of the rows (pixels of all images) go to workspace in double,
// squares as those of the deviation from each channel's first element; one block per 32 channels merges them in slice
// order and leaves what the last pass multiplies and adds. Backward finds ReLU's mask again from x and beta, to the
// bit.
#pragma once
#include "kernel.cuh"

struct NormParams {
  Head head;
  int64 rows;  // elements of a channel
  int64 channels;
  int64 area;  // elements of a channel that lie side by side; 1 with the channels last
  int64 slices;
  int64 activation;
  int64 mask_from_output;
  double epsilon;
  double momentum;
  const void* x;
  const void* gamma;
  const void* beta;
  const void* running_mean;
  const void* running_variance;
  void* y;  // dy backward
  void* new_mean;
  void* new_variance;
  void* mean;
  void* inv_std;
  const void* residual;
  const void* output;
  void* dx;
  void* dgamma;
  void* dbeta;
  double* sums;   // slices x 2 x channels
  void* factors;  // up to 5 x channels of the type that is computed in
};

__device__ inline uint32 norm_index(const NormParams& p, uint32 row, uint32 channel) {
  const uint32 area = static_cast<uint32>(p.area), channels = static_cast<uint32>(p.channels);
  return area == 1 ? row * channels + channel : row / area * area * channels + channel * area + row % area;
}

// Which channel and which of a slice's rows a thread sums: 32 channels side by side where the channels are last, else
// one channel whose rows lie side by side.
struct NormShare {
  uint32 channel, row, end, step;
  bool works;
};

__device__ inline NormShare share_of(const NormParams& p) {
  const bool last = p.area == 1;
  const uint32 lane = threadIdx.x % kLanes, line = threadIdx.x / kLanes;
  const uint32 rows = static_cast<uint32>((p.rows + p.slices - 1) / p.slices);
  NormShare share;
  share.channel = last ? blockIdx.x * kLanes + lane : blockIdx.x;
  share.row = blockIdx.y * rows + (last ? line : threadIdx.x);
  const int64 end = static_cast<int64>(blockIdx.y + 1) * rows;
  share.end = static_cast<uint32>(end < p.rows ? end : p.rows);
  share.step = last ? kRows : kThreads;
  share.works = share.channel < p.channels;
  return share;
}

// Writes two sums per channel of this slice.
__device__ inline void keep_sums(const NormParams& p, const NormShare& share, double first, double second) {
  __shared__ double shared[kThreads];
  const bool last = p.area == 1;
  const double a = last ? lane_sum(first, shared) : block_sum(first, shared);
  const double b = last ? lane_sum(second, shared) : block_sum(second, shared);
  if (threadIdx.x < (last ? kLanes : 1) && share.works) {
    double* sums = p.sums + blockIdx.y * 2 * p.channels;
    sums[share.channel] = a;
    sums[p.channels + share.channel] = b;
  }
}

template <class T>
__device__ void norm_sums(const NormParams& p) {
  const NormShare share = share_of(p);
  double sum = 0, squares = 0;
  if (share.works) {
    const double start = static_cast<double>(get<T>(p.x, norm_index(p, 0, share.channel)));
    for (uint32 row = share.row; row < share.end; row += share.step) {
      const double x = static_cast<double>(get<T>(p.x, norm_index(p, row, share.channel)));
      sum += x;
      squares += (x - start) * (x - start);
    }
  }
  keep_sums(p, share, sum, squares);
}
PF_IMAGE_BLOCKS(norm_sums, NormParams)

// Both sums of a channel over all slices, for the first 32 threads of a block of 32 channels.
__device__ inline void merge_sums(const NormParams& p, double* first, double* second) {
  __shared__ double shared[kThreads];
  const uint32 channel = blockIdx.x * kLanes + threadIdx.x % kLanes;
  double a = 0, b = 0;
  if (channel < p.channels) {
    for (uint32 slice = threadIdx.x / kLanes; slice < p.slices; slice += kRows) {
      a += p.sums[(2 * slice) * p.channels + channel];
      b += p.sums[(2 * slice + 1) * p.channels + channel];
    }
  }
  *first = lane_sum(a, shared);
  *second = lane_sum(b, shared);
}

// y = scale x + shift, kept as factors 0 and 1.
template <class T>
__device__ void keep_factors(const NormParams& p, uint32 c, double mean, double inv_std) {
  const double scale = static_cast<double>(get<Real<T>>(p.gamma, c)) * inv_std;
  Real<T>* factors = static_cast<Real<T>*>(p.factors);
  factors[c] = static_cast<Real<T>>(scale);
  factors[p.channels + c] = static_cast<Real<T>>(static_cast<double>(get<Real<T>>(p.beta, c)) - scale * mean);
}

template <class T>
__device__ void norm_batch(const NormParams& p) {
  double sum, squares;
  merge_sums(p, &sum, &squares);
  const uint32 c = blockIdx.x * kLanes + threadIdx.x;
  if (threadIdx.x >= kLanes || c >= p.channels) return;
  const double rows = static_cast<double>(p.rows);
  const double start = static_cast<double>(get<T>(p.x, norm_index(p, 0, c)));
  const double mean = sum / rows;
  const double spread = squares / rows - (mean - start) * (mean - start);
  const double variance = spread > 0 || spread != spread ? spread : 0;
  const double unbiased = p.rows > 1 ? variance * rows / (rows - 1) : variance;
  // As stored, because the backward pass reads them so.
  const Real<T> stored_mean = static_cast<Real<T>>(mean);
  const Real<T> stored_inverse = static_cast<Real<T>>(1 / sqrt(variance + p.epsilon));
  put<Real<T>>(p.mean, c, stored_mean);
  put<Real<T>>(p.inv_std, c, stored_inverse);
  const double keep = 1 - p.momentum;
  put<Real<T>>(p.new_mean, c,
               static_cast<Real<T>>(keep * static_cast<double>(get<Real<T>>(p.running_mean, c)) + p.momentum * mean));
  put<Real<T>>(
      p.new_variance, c,
      static_cast<Real<T>>(keep * static_cast<double>(get<Real<T>>(p.running_variance, c)) + p.momentum * unbiased));
  keep_factors<T>(p, c, static_cast<double>(stored_mean), static_cast<double>(stored_inverse));
}
PF_IMAGE_BLOCKS(norm_batch, NormParams)

template <class T>
__device__ void norm_running(const NormParams& p) {
  for (uint32 c = first_element(); c < p.channels; c += all_threads()) {
    const double variance = static_cast<double>(get<Real<T>>(p.running_variance, c));
    const double mean = static_cast<double>(get<Real<T>>(p.running_mean, c));
    keep_factors<T>(p, c, mean, 1 / sqrt(variance + p.epsilon));
  }
}
PF_IMAGE_ELEMENTS(norm_running, NormParams)

__device__ inline Channels channels_of(const NormParams& p) {
  return {static_cast<uint32>(p.area), static_cast<uint32>(p.channels)};
}

template <class T>
__device__ void norm_apply(const NormParams& p) {
  const Real<T>* factors = static_cast<const Real<T>*>(p.factors);
  const int64 count = p.rows * p.channels;
  const auto apply = [&](uint32 c, uint32, Real<T> x, Real<T> residual) {
    return activated(p.activation, fused(factors[c], x, factors[p.channels + c]) + residual);
  };
  if (p.residual) {
    map<T>(channels_of(p), count, p.x, p.residual, p.y, apply);
  } else {
    map<T>(channels_of(p), count, p.x, p.y, [&](uint32 c, uint32 i, Real<T> x) { return apply(c, i, x, Real<T>(0)); });
  }
}
PF_IMAGE_ELEMENTS(norm_apply, NormParams)

// dy where the activation let its input pass, else 0.
template <class T>
__device__ Real<T> masked(const NormParams& p, uint32 i, Real<T> dy, Real<T> x, Real<T> scale, Real<T> shift) {
  if (p.activation != PF_RELU) return dy;
  const Real<T> y = p.mask_from_output ? get<T>(p.output, i) : fused(scale, x, shift);
  return y <= Real<T>(0) ? Real<T>(0) : dy;
}

// Backward's first pass: factors 0 and 1 as forward had them; no beta, no mask from x.
template <class T>
__device__ void norm_again(const NormParams& p) {
  for (uint32 c = first_element(); c < p.channels; c += all_threads()) {
    keep_factors<T>(p, c, static_cast<double>(get<Real<T>>(p.mean, c)),
                    static_cast<double>(get<Real<T>>(p.inv_std, c)));
  }
}
PF_IMAGE_ELEMENTS(norm_again, NormParams)

template <class T>
__device__ void norm_grad_sums(const NormParams& p) {
  const NormShare share = share_of(p);
  double sum = 0, products = 0;
  if (share.works) {
    const Real<T>* factors = static_cast<const Real<T>*>(p.factors);
    const bool again = p.activation == PF_RELU && !p.mask_from_output;
    const Real<T> scale = again ? factors[share.channel] : Real<T>(0);
    const Real<T> shift = again ? factors[p.channels + share.channel] : Real<T>(0);
    const double mean = static_cast<double>(get<Real<T>>(p.mean, share.channel));
    for (uint32 row = share.row; row < share.end; row += share.step) {
      const uint32 i = norm_index(p, row, share.channel);
      const Real<T> x = get<T>(p.x, i);
      const double dy = static_cast<double>(masked<T>(p, i, get<T>(p.y, i), x, scale, shift));
      sum += dy;
      products += dy * (static_cast<double>(x) - mean);
    }
  }
  keep_sums(p, share, sum, products);
}
PF_IMAGE_BLOCKS(norm_grad_sums, NormParams)

// dx = a (dy - b) + d (x - mean), kept as factors 2, 3 and 4.
template <class T>
__device__ void norm_grad_merge(const NormParams& p) {
  double sum, products;
  merge_sums(p, &sum, &products);
  const uint32 c = blockIdx.x * kLanes + threadIdx.x;
  if (threadIdx.x >= kLanes || c >= p.channels) return;
  const double inv_std = static_cast<double>(get<Real<T>>(p.inv_std, c));
  const double scale = static_cast<double>(get<Real<T>>(p.gamma, c)) * inv_std;
  const double rows = static_cast<double>(p.rows);
  put<Real<T>>(p.dgamma, c, static_cast<Real<T>>(products * inv_std));
  put<Real<T>>(p.dbeta, c, static_cast<Real<T>>(sum));
  Real<T>* factors = static_cast<Real<T>*>(p.factors);
  factors[2 * p.channels + c] = static_cast<Real<T>>(scale);
  factors[3 * p.channels + c] = static_cast<Real<T>>(sum / rows);
  factors[4 * p.channels + c] = static_cast<Real<T>>(-scale * inv_std * inv_std * products / rows);
}
PF_IMAGE_BLOCKS(norm_grad_merge, NormParams)

template <class T>
__device__ void norm_grad_apply(const NormParams& p) {
  const Real<T>* factors = static_cast<const Real<T>*>(p.factors);
  const bool again = p.activation == PF_RELU && !p.mask_from_output;
  map<T>(channels_of(p), p.rows * p.channels, p.y, p.x, p.dx, [&](uint32 c, uint32 i, Real<T> dy, Real<T> x) {
    const Real<T> scale = again ? factors[c] : Real<T>(0), shift = again ? factors[p.channels + c] : Real<T>(0);
    const Real<T> counted = masked<T>(p, i, dy, x, scale, shift) - factors[3 * p.channels + c];
    return fused(factors[2 * p.channels + c], counted, factors[4 * p.channels + c] * (x - get<Real<T>>(p.mean, c)));
  });
}
PF_IMAGE_ELEMENTS(norm_grad_apply, NormParams)
