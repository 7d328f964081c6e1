// Sixteen floats at once, the channels of one pixel of a block, in as many of the instruction set's own vectors as
// that takes: one wider type would be compared and selected lane by lane where registers are narrower.
// None of them crosses a call between instruction sets.
#pragma once
#include "blocks.h"
#include "vector.h"

namespace pf {
namespace PF_ISA {

struct Wide {
  vec part[kBlockVecs];
};

// Op of every part.
template <class Op>
static inline __attribute__((always_inline)) Wide each_part(Op op) {
  Wide v;
#pragma GCC unroll 4
  for (int i = 0; i < kBlockVecs; i++) v.part[i] = op(i);
  return v;
}

static inline Wide wide(const float* from) {
  return each_part([&](int i) { return load(from + i * kVecLanes); });
}

// The first `count` of sixteen, zeros behind them.
static inline Wide some(const float* from, long long count) {
  Wide v = {};
  memcpy(&v, from, count * sizeof(float));
  return v;
}

static inline void keep(float* to, Wide v) {
#pragma GCC unroll 4
  for (int i = 0; i < kBlockVecs; i++) store(to + i * kVecLanes, v.part[i]);
}

// Whether a result of sixteen floats at a time passes the caches by.
static inline bool passes_by(const pf_view& view) {
  return view.data % 64 == 0 && stored(view) * static_cast<long long>(sizeof(float)) >= kPassBy;
}

static inline void keep_past(float* to, Wide v) {
#pragma GCC unroll 4
  for (int i = 0; i < kBlockVecs; i++) pass_by(to + i * kVecLanes, v.part[i]);
}

static inline Wide wide_of(float x) {
  return each_part([=](int) { return splat(x); });
}

static inline Wide operator+(Wide a, Wide b) {
  return each_part([&](int i) { return a.part[i] + b.part[i]; });
}

static inline Wide operator*(Wide a, Wide b) {
  return each_part([&](int i) { return a.part[i] * b.part[i]; });
}

static inline Wide operator/(Wide a, float by) {
  return each_part([&](int i) { return a.part[i] / splat(by); });
}

static inline Wide& operator+=(Wide& a, Wide b) { return a = a + b; }

}  // namespace PF_ISA
}  // namespace pf
