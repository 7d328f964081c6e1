// Max and average pooling in either layout. Backward gathers: each pixel looks at the windows that hold it, so that
// no two threads write one place.
#pragma once
#include "kernel.cuh"

struct PoolParams {
  Head head;
  int64 last, channels, height, width, out_height, out_width;
  int64 kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
  int64 count_padding;
  int64 count;  // elements of what is written
  void* x;
  void* y;
  int* switches;  // may be null forward
};

template <class T>
__device__ void max_pool(const PoolParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Place at = place_of(i, p.last, p.channels, p.out_height, p.out_width);
    Real<T> best = 0;
    int where = -1;
    for (int kh = 0; kh < p.kernel_h; kh++) {
      const int h = static_cast<int>(at.h * p.stride_h - p.pad_top + kh * p.dilation_h);
      if (h < 0 || h >= p.height) continue;
      for (int kw = 0; kw < p.kernel_w; kw++) {
        const int w = static_cast<int>(at.w * p.stride_w - p.pad_left + kw * p.dilation_w);
        if (w < 0 || w >= p.width) continue;
        const Real<T> x = get<T>(p.x, index_of(p.last, at.n, at.c, h, w, p.channels, p.height, p.width));
        if (where < 0 || ((x > best || x != x) && best == best)) {
          best = x;
          where = static_cast<int>(h * p.width + w);
        }
      }
    }
    put<T>(p.y, i, where < 0 ? log(Real<T>(0)) : best);  // minus infinity over padding alone
    if (p.switches) p.switches[i] = where;
  }
}
PF_IMAGE_ELEMENTS(max_pool, PoolParams)

// The window that has this pixel as its tap `k`, or -1.
__device__ inline int window_of(int64 pixel, int64 k, int64 pad, int64 dilation, int64 stride, int64 windows) {
  const int64 start = pixel + pad - k * dilation;
  return start >= 0 && start % stride == 0 && start / stride < windows ? static_cast<int>(start / stride) : -1;
}

// Taps downwards, so that windows come in ascending order.
template <class T>
__device__ void max_pool_grad(const PoolParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Place at = place_of(i, p.last, p.channels, p.height, p.width);
    const int here = static_cast<int>(at.h * p.width + at.w);
    Real<T> sum = 0;
    for (int64 kh = p.kernel_h - 1; kh >= 0; kh--) {
      const int oh = window_of(at.h, kh, p.pad_top, p.dilation_h, p.stride_h, p.out_height);
      for (int64 kw = p.kernel_w - 1; oh >= 0 && kw >= 0; kw--) {
        const int ow = window_of(at.w, kw, p.pad_left, p.dilation_w, p.stride_w, p.out_width);
        if (ow < 0) continue;
        const uint32 out = index_of(p.last, at.n, at.c, oh, ow, p.channels, p.out_height, p.out_width);
        if (p.switches[out] == here) sum += get<T>(p.y, out);
      }
    }
    put<T>(p.x, i, sum);
  }
}
PF_IMAGE_ELEMENTS(max_pool_grad, PoolParams)

// Taps of a window that starts at `start` and lie inside.
__device__ inline int taps_inside(int64 start, int64 kernel, int64 dilation, int64 size) {
  int inside = 0;
  for (int64 k = 0; k < kernel; k++) inside += start + k * dilation >= 0 && start + k * dilation < size;
  return inside;
}

// What an average is divided by.
__device__ inline int divisor(const PoolParams& p, int64 oh, int64 ow) {
  if (p.count_padding) return static_cast<int>(p.kernel_h * p.kernel_w);
  return taps_inside(oh * p.stride_h - p.pad_top, p.kernel_h, p.dilation_h, p.height) *
         taps_inside(ow * p.stride_w - p.pad_left, p.kernel_w, p.dilation_w, p.width);
}

template <class T>
__device__ void average_pool(const PoolParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Place at = place_of(i, p.last, p.channels, p.out_height, p.out_width);
    Real<T> sum = 0;
    for (int kh = 0; kh < p.kernel_h; kh++) {
      const int h = static_cast<int>(at.h * p.stride_h - p.pad_top + kh * p.dilation_h);
      if (h < 0 || h >= p.height) continue;
      for (int kw = 0; kw < p.kernel_w; kw++) {
        const int w = static_cast<int>(at.w * p.stride_w - p.pad_left + kw * p.dilation_w);
        if (w < 0 || w >= p.width) continue;
        sum += get<T>(p.x, index_of(p.last, at.n, at.c, h, w, p.channels, p.height, p.width));
      }
    }
    const int cells = divisor(p, at.h, at.w);
    put<T>(p.y, i, cells == 0 ? Real<T>(0) : sum / static_cast<Real<T>>(cells));
  }
}
PF_IMAGE_ELEMENTS(average_pool, PoolParams)

template <class T>
__device__ void average_pool_grad(const PoolParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Place at = place_of(i, p.last, p.channels, p.height, p.width);
    Real<T> sum = 0;
    for (int64 kh = p.kernel_h - 1; kh >= 0; kh--) {
      const int oh = window_of(at.h, kh, p.pad_top, p.dilation_h, p.stride_h, p.out_height);
      for (int64 kw = p.kernel_w - 1; oh >= 0 && kw >= 0; kw--) {
        const int ow = window_of(at.w, kw, p.pad_left, p.dilation_w, p.stride_w, p.out_width);
        if (ow < 0) continue;
        const uint32 out = index_of(p.last, at.n, at.c, oh, ow, p.channels, p.out_height, p.out_width);
        sum += get<T>(p.y, out) / static_cast<Real<T>>(divisor(p, oh, ow));
      }
    }
    put<T>(p.x, i, sum);
  }
}
PF_IMAGE_ELEMENTS(average_pool_grad, PoolParams)
