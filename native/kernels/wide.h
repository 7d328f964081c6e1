// Sixteen floats at once, the channels of one pixel of a block; the compiler splits them where vectors are narrower.
// None of them crosses a call between instruction sets.
#pragma once
#include "blocks.h"
#include "vector.h"

namespace pf {
namespace PF_ISA {

typedef float Wide __attribute__((vector_size(64)));
typedef int32_t WideInt __attribute__((vector_size(64)));

static inline Wide wide(const float* from) {
  Wide v;
  memcpy(&v, from, sizeof v);
  return v;
}

// The first `count` of sixteen, zeros behind them.
static inline Wide some(const float* from, long long count) {
  Wide v = {};
  memcpy(&v, from, count * sizeof(float));
  return v;
}

static inline WideInt wide(const int32_t* from) {
  WideInt v;
  memcpy(&v, from, sizeof v);
  return v;
}

static inline void keep(float* to, Wide v) { memcpy(to, &v, sizeof v); }
static inline void keep(int32_t* to, WideInt v) { memcpy(to, &v, sizeof v); }

// Whether a result of sixteen floats at a time passes the caches by.
static inline bool passes_by(const pf_view& view) {
  return view.data % 64 == 0 && stored(view) * static_cast<long long>(sizeof(float)) >= kPassBy;
}

static inline void keep_past(float* to, Wide w) {
  vec parts[kBlockVecs];
  memcpy(parts, &w, sizeof parts);
  for (int i = 0; i < kBlockVecs; i++) pass_by(to + i * kVecLanes, parts[i]);
}

static inline Wide wide_of(float x) { return Wide{} + x; }
static inline WideInt wide_of(int32_t x) { return WideInt{} + x; }
static inline Wide relu(Wide x) { return x < 0.0f ? Wide{} : x; }

}  // namespace PF_ISA
}  // namespace pf
