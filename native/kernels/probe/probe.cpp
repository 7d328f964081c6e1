// The fastest this instruction set can multiply-add and stream (past the caches), with nothing else in the way.
#include "portafilter/probe.h"

#include "shared/kernel.h"
#include "shared/vector.h"
#include "shared/wide.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr int kChains = 12;  // enough to hide the latency of two units
constexpr int kRepeats = PF_PROBE_ROUND / (kChains * kVecLanes);

int check(const void* params, Cut* out) {
  const pf_probe& p = *static_cast<const pf_probe*>(params);
  if (p.kind != PF_PROBE_FMA && p.kind != PF_PROBE_STREAM) return PF_INVALID;
  if (p.chunks < 1 || p.count < 1 || p.to == 0) return PF_INVALID;
  if (p.kind == PF_PROBE_STREAM && p.from == 0) return PF_INVALID;
  out->chunks[0] = p.chunks;
  out->nanoseconds[0] = 1e9;
  return PF_OK;
}

void multiply_add(const pf_probe& p, long long chunk) {
  vec chain[kChains];
  for (int i = 0; i < kChains; i++) chain[i] = splat(1.0f + static_cast<float>(i));
  const vec a = splat(0.999f), b = splat(0.001f);
  for (long long round = 0; round < p.count; round++) {
    for (int repeat = 0; repeat < kRepeats; repeat++) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; i++) chain[i] = fma_of(chain[i], a, b);
    }
  }
  vec sum = chain[0];
  for (int i = 1; i < kChains; i++) sum = fma_of(sum, a, chain[i]);
  at<float>(p.to)[chunk] = sum[0];
}

void stream(const pf_probe& p, long long chunk) {
  const long long first = p.count * chunk / p.chunks, last = p.count * (chunk + 1) / p.chunks;
  const float* from = at<const float>(p.from);
  float* to = at<float>(p.to);
  for (long long i = first; i < last; i++) to[i] = 2.0f * from[i];
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_probe& p = *static_cast<const pf_probe*>(params);
  for (long long chunk = first; chunk < last; chunk++) {
    p.kind == PF_PROBE_FMA ? multiply_add(p, chunk) : stream(p, chunk);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_probe*>(params)->workspace; }

}  // namespace

extern const Family probe_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
