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

constexpr int kVecLanes = sizeof(vec) / sizeof(float);
constexpr int kBlockVecs = 16 / kVecLanes;  // vectors of a block of channels

static inline vec load(const float* from) {
  vec v;
  memcpy(&v, from, sizeof v);
  return v;
}

static inline void store(float* to, vec v) { memcpy(to, &v, sizeof v); }

}  // namespace PF_ISA
}  // namespace pf
