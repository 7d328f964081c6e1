// The widest vector of floats of this instruction set, with an explicit fused multiply-add where it has one.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernel.h"

namespace pf {
namespace PF_ISA {

#if defined(__AVX512F__)
typedef __m512 vec;
static inline vec fma_of(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
static inline vec splat(float x) { return _mm512_set1_ps(x); }
// NaN and -0 pass: the maximum is its second operand then. The masked form, because gcc 12 warns about the other.
static inline vec relu_of(vec x) { return _mm512_maskz_max_ps(0xFFFF, _mm512_setzero_ps(), x); }
static inline void pass_by(float* to, vec v) { _mm512_stream_ps(to, v); }
#elif defined(__FMA__)
typedef __m256 vec;
static inline vec fma_of(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
static inline vec splat(float x) { return _mm256_set1_ps(x); }
static inline vec relu_of(vec x) { return _mm256_max_ps(_mm256_setzero_ps(), x); }
static inline void pass_by(float* to, vec v) { _mm256_stream_ps(to, v); }
#else
typedef float vec __attribute__((vector_size(16)));
static inline vec fma_of(vec a, vec b, vec c) { return a * b + c; }
static inline vec splat(float x) { return vec{x, x, x, x}; }
static inline vec relu_of(vec x) { return x < splat(0.0f) ? splat(0.0f) : x; }
static inline void pass_by(float* to, vec v) {
#if defined(__x86_64__)
  _mm_stream_ps(to, reinterpret_cast<__m128>(v));
#else
  memcpy(to, &v, sizeof v);
#endif
}
#endif

// Results larger than the caches pass them by: a line that is written whole need not be read first. Addresses are
// multiples of a vector.
constexpr long long kPassBy = 24 << 20;

// After the last of them: what was written is there for the other threads.
static inline void passed_by() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

typedef int32_t vec_int __attribute__((vector_size(sizeof(vec))));
typedef uint64_t vec_long __attribute__((vector_size(sizeof(vec))));

// Of the low halves of lanes.
static inline vec_long product_of_low(vec_long a, vec_long b) {
#if defined(__AVX512F__)
  return reinterpret_cast<vec_long>(
      _mm512_maskz_mul_epu32(0xFF, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<vec_long>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__x86_64__)
  return reinterpret_cast<vec_long>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
  return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
#endif
}

constexpr int kVecLanes = sizeof(vec) / sizeof(float);
constexpr int kBlockVecs = 16 / kVecLanes;  // vectors of a block of channels

static inline vec load(const float* from) {
  vec v;
  memcpy(&v, from, sizeof v);
  return v;
}

static inline vec_int load(const int32_t* from) {
  vec_int v;
  memcpy(&v, from, sizeof v);
  return v;
}

static inline void store(float* to, vec v) { memcpy(to, &v, sizeof v); }
static inline void store(int32_t* to, vec_int v) { memcpy(to, &v, sizeof v); }

// The first `count` lanes (at most all of them), zeros behind them; no more than they is read or written.
#if defined(__AVX512F__)
static inline __mmask16 first_lanes(long long count) { return static_cast<__mmask16>((1u << count) - 1); }
static inline vec load_first(const float* from, long long count) {
  return _mm512_maskz_loadu_ps(first_lanes(count), from);
}
static inline void store_first(float* to, vec v, long long count) { _mm512_mask_storeu_ps(to, first_lanes(count), v); }
#else
static inline vec load_first(const float* from, long long count) {
  if (count == kVecLanes) return load(from);
  vec v = {};
  memcpy(&v, from, count * sizeof(float));
  return v;
}
static inline void store_first(float* to, vec v, long long count) {
  if (count == kVecLanes) return store(to, v);
  memcpy(to, &v, count * sizeof(float));
}
#endif

}  // namespace PF_ISA
}  // namespace pf
