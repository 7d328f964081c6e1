// What every CUDA kernel shares: parameters of 64 bits each, the word that stops a run, blocks of 256 threads, sums
// over a block. The text is compiled for the present GPU when a device opens, ahead of time in checks, and as C++
// over an emulator in tests; so it includes no header of a system and uses no shuffles.
#pragma once
#include "../include/portafilter/codes.h"

#define PF_FORMULA __device__ inline

typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef long long int64;

constexpr uint32 kThreads = 256;
constexpr uint32 kLanes = 32;  // threads along the contiguous direction where a block sums columns
constexpr uint32 kRows = kThreads / kLanes;

// The first fields of every kernel's parameters. A command that follows a failed one does nothing.
struct Head {
  int64* status;  // 0, or the reason and, above 8 bits, the number of the command that stopped
  int64 command;
};

// The same of a command over many values, of which the first that stopped it is named.
struct ManyHead {
  int64* status;  // as above, and above 32 bits the number of the value
  int64 command;
};

__device__ inline bool goes_on(const Head& head) { return *head.status == 0; }

// Every block looks at its values, so that the same one is named however blocks take turns.
__device__ inline bool goes_on(const ManyHead& head) {
  const int64 status = *head.status;
  return status == 0 || (status >> 8 & 0xFFFFFF) == head.command;
}

__device__ inline void stop(const Head& head, int64 reason) {
  atomicCAS(reinterpret_cast<uint64*>(head.status), 0ull, static_cast<uint64>(reason | (head.command << 8)));
}

__device__ inline void stop(const ManyHead& head, int64 reason, uint32 value) {
  const uint64 word = static_cast<uint64>(reason | (head.command << 8)) | static_cast<uint64>(value) << 32;
  uint64 seen = 0;
  for (;;) {
    const uint64 before = atomicCAS(reinterpret_cast<uint64*>(head.status), seen, word);
    if (before == seen || before <= word) return;
    seen = before;
  }
}

// One kernel per stored type. In a PF_ELEMENTS kernel no thread waits for another; what images run through exists
// for bfloat16 and float16 too.
#define PF_ELEMENTS(name, Params)            \
  PF_KERNEL(name, Params, float, f32, false) \
  PF_KERNEL(name, Params, double, f64, false)
#define PF_BLOCKS(name, Params)             \
  PF_KERNEL(name, Params, float, f32, true) \
  PF_KERNEL(name, Params, double, f64, true)
#define PF_IMAGE_ELEMENTS(name, Params) \
  PF_ELEMENTS(name, Params)             \
  PF_NARROW(name, Params, false)
#define PF_IMAGE_BLOCKS(name, Params) \
  PF_BLOCKS(name, Params)             \
  PF_NARROW(name, Params, true)
#define PF_NARROW(name, Params, waits)           \
  PF_KERNEL(name, Params, bfloat16, bf16, waits) \
  PF_KERNEL(name, Params, float16, f16, waits)
#define PF_KERNEL(name, Params, Type, suffix, waits)                                 \
  extern "C" __global__ __launch_bounds__(kThreads) void name##_##suffix(Params p) { \
    if (goes_on(p.head)) name<Type>(p);                                              \
  }                                                                                  \
  PF_REGISTER(name##_##suffix, Params, waits)

#ifndef PF_REGISTER
#define PF_REGISTER(name, Params, waits)
#endif

// The upper half of a float: its range, and eight bits of its significand.
struct bfloat16 {
  unsigned short bits;
};

// IEEE half precision: five bits of exponent, eleven of significand.
struct float16 {
  unsigned short bits;
};

// What a stored type is computed in.
template <class T>
struct RealOf {
  typedef T type;
};
template <>
struct RealOf<bfloat16> {
  typedef float type;
};
template <>
struct RealOf<float16> {
  typedef float type;
};
template <class T>
using Real = typename RealOf<T>::type;

__device__ inline float widened(bfloat16 x) { return __uint_as_float(static_cast<uint32>(x.bits) << 16); }
__device__ inline float widened(float x) { return x; }
__device__ inline double widened(double x) { return x; }

__device__ inline void narrow(float x, float* to) { *to = x; }
__device__ inline void narrow(double x, double* to) { *to = x; }
// To the nearest, ties to even; NaN stays NaN.
__device__ inline void narrow(float x, bfloat16* to) {
  const uint32 bits = __float_as_uint(x);
  const uint32 rounded = (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16;
  to->bits = static_cast<unsigned short>(x != x ? bits >> 16 | 0x40 : rounded);
}

#ifdef __CUDA_ARCH__
__device__ inline float widened(float16 x) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x.bits));
  return wide;
}
__device__ inline void narrow(float x, float16* to) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(to->bits) : "f"(x)); }
#else
// The same in integers. Below 2^-14 a half counts multiples of 2^-24.
__device__ inline float widened(float16 x) {
  const uint32 sign = static_cast<uint32>(x.bits & 0x8000u) << 16, exponent = x.bits >> 10 & 31, rest = x.bits & 0x3FFu;
  if (exponent == 0) {
    const float small = static_cast<float>(rest) * 5.9604644775390625e-8f;
    return sign != 0 ? -small : small;
  }
  return __uint_as_float(sign | (exponent == 31 ? 0x7F800000u : (exponent + 112) << 23) | rest << 13);
}
// To the nearest, ties to even; above 65504 and a half step to infinity; NaN stays NaN.
__device__ inline void narrow(float x, float16* to) {
  const uint32 bits = __float_as_uint(x), size = bits & 0x7FFFFFFFu;
  uint32 half;
  if (size > 0x7F800000u) {
    half = 0x7FFFu;
  } else if (size >= 0x477FF000u) {
    half = 0x7C00u;
  } else if (size < 0x38800000u) {
    // Adding 0.5 leaves multiples of 2^-24 in the last bits, rounded as sums are.
    half = __float_as_uint(__uint_as_float(size) + 0.5f) - 0x3F000000u;
  } else {
    half = (size - 0x38000000u + 0xFFFu + (size >> 13 & 1)) >> 13;
  }
  to->bits = static_cast<unsigned short>(half | (bits >> 16 & 0x8000u));
}
#endif

template <class T>
__device__ inline Real<T> get(const void* values, uint32 i) {
  return widened(static_cast<const T*>(values)[i]);
}
template <class T>
__device__ inline void put(void* values, uint32 i, Real<T> value) {
  narrow(value, static_cast<T*>(values) + i);
}

// Sixteen bytes of neighbours, which one instruction moves. Every value begins on a multiple of sixteen.
template <class T>
struct alignas(16) Pack {
  static constexpr uint32 kCount = 16 / sizeof(T);
  T values[kCount];
};

template <class T>
__device__ inline Pack<T> pack_at(const void* values, uint32 pack) {
  return static_cast<const Pack<T>*>(values)[pack];
}

// Elements are counted in 32 bits; the device refuses values of 2^31 elements and more.
__device__ inline uint32 first_element() { return blockIdx.x * kThreads + threadIdx.x; }
__device__ inline uint32 all_threads() { return gridDim.x * kThreads; }

// Where one launch works on many values, their blocks follow each other.
constexpr uint32 kElementsPerBlock = 4 * kThreads;

// Whose block this is.
__device__ inline uint32 which_of(int64 count, const int64* first_blocks) {
  uint32 low = 0, high = static_cast<uint32>(count);
  while (high - low > 1) {
    const uint32 middle = (low + high) / 2;
    if (first_blocks[middle] <= blockIdx.x) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

// Which channel an element belongs to: `area` neighbours share one, then comes the next. Divisions would take longer
// than the memory traffic, so that a pack asks once where it can.
struct Channels {
  uint32 area, channels;

  __device__ uint32 of(uint32 i) const { return area == 1 ? i % channels : i / area % channels; }

  // Whether a pack's channels are its first one's neighbours, or all the same.
  __device__ bool are_neighbours(uint32 count) const { return area == 1 && channels % count == 0; }
  __device__ bool are_same(uint32 count) const { return area % count == 0; }
};

// For formulas that need no channel.
struct NoChannels {
  __device__ uint32 of(uint32) const { return 0; }
  __device__ bool are_neighbours(uint32) const { return false; }
  __device__ bool are_same(uint32) const { return true; }
};

// out[i] = formula(i's channel, i, a[i]) for all elements: in packs, then what is left of them.
template <class T, class Where, class Formula>
__device__ inline void map(Where where, int64 count, const void* a, void* out, Formula formula) {
  constexpr uint32 kPack = Pack<T>::kCount;
  const uint32 packs = static_cast<uint32>(count) / kPack;
  const bool neighbours = where.are_neighbours(kPack), regular = neighbours || where.are_same(kPack);
  for (uint32 pack = first_element(); pack < packs; pack += all_threads()) {
    Pack<T> x = pack_at<T>(a, pack);
    const uint32 first = pack * kPack, channel = where.of(first);
    for (uint32 l = 0; l < kPack; l++) {
      const uint32 c = regular ? channel + (neighbours ? l : 0) : where.of(first + l);
      narrow(formula(c, first + l, widened(x.values[l])), x.values + l);
    }
    static_cast<Pack<T>*>(out)[pack] = x;
  }
  for (uint32 i = packs * kPack + first_element(); i < count; i += all_threads()) {
    put<T>(out, i, formula(where.of(i), i, get<T>(a, i)));
  }
}

// The same of two operands: out[i] = formula(i's channel, i, a[i], b[i]).
template <class T, class Where, class Formula>
__device__ inline void map(Where where, int64 count, const void* a, const void* b, void* out, Formula formula) {
  constexpr uint32 kPack = Pack<T>::kCount;
  const uint32 packs = static_cast<uint32>(count) / kPack;
  const bool neighbours = where.are_neighbours(kPack), regular = neighbours || where.are_same(kPack);
  for (uint32 pack = first_element(); pack < packs; pack += all_threads()) {
    Pack<T> x = pack_at<T>(a, pack);
    const Pack<T> y = pack_at<T>(b, pack);
    const uint32 first = pack * kPack, channel = where.of(first);
    for (uint32 l = 0; l < kPack; l++) {
      const uint32 c = regular ? channel + (neighbours ? l : 0) : where.of(first + l);
      narrow(formula(c, first + l, widened(x.values[l]), widened(y.values[l])), x.values + l);
    }
    static_cast<Pack<T>*>(out)[pack] = x;
  }
  for (uint32 i = packs * kPack + first_element(); i < count; i += all_threads()) {
    put<T>(out, i, formula(where.of(i), i, get<T>(a, i), get<T>(b, i)));
  }
}

__device__ inline float fused(float a, float b, float c) { return fmaf(a, b, c); }
__device__ inline double fused(double a, double b, double c) { return fma(a, b, c); }

// NaN passes ReLU.
template <class T>
__device__ inline T activated(int64 activation, T x) {
  if (activation == PF_RELU) return x <= T(0) ? T(0) : x;
  if (activation == PF_SIGMOID) {
    const T e = exp(x < T(0) ? x : -x);
    return (x < T(0) ? e : T(1)) / (T(1) + e);
  }
  return activation == PF_TANH ? tanh(x) : x;
}

// An image's place in memory: N x C x H x W, or with the channels last.
struct Place {
  uint32 n, c, h, w;
};

__device__ inline Place place_of(uint32 i, bool last, uint32 channels, uint32 height, uint32 width) {
  Place at;
  if (last) {
    at.c = i % channels;
    i /= channels;
  }
  at.w = i % width;
  i /= width;
  at.h = i % height;
  i /= height;
  if (!last) {
    at.c = i % channels;
    i /= channels;
  }
  at.n = i;
  return at;
}

__device__ inline uint32 index_of(bool last, uint32 n, uint32 c, uint32 h, uint32 w, uint32 channels, uint32 height,
                                  uint32 width) {
  return last ? ((n * height + h) * width + w) * channels + c : ((n * channels + c) * height + h) * width + w;
}

// The sum of one value per thread, in an order that the number of threads alone decides; every thread gets it.
__device__ inline double block_sum(double value, double* shared) {
  shared[threadIdx.x] = value;
  __syncthreads();
  for (uint32 half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  const double sum = shared[0];
  __syncthreads();
  return sum;
}

// The sum over a block's rows of threads, per lane; the first row's threads get it.
__device__ inline double lane_sum(double value, double* shared) {
  shared[threadIdx.x] = value;
  __syncthreads();
  double sum = 0;
  if (threadIdx.x < kLanes) {
    for (uint32 row = 0; row < kRows; row++) sum += shared[row * kLanes + threadIdx.x];
  }
  __syncthreads();
  return sum;
}
