// Plain to channel blocks and back: one chunk per image and block. Elements of four bytes travel as they are.
#include "portafilter/move.h"

#include "shared/blocks.h"

namespace pf {
namespace PF_ISA {
namespace {

int check(const void* params, Cut* out) {
  const pf_reorder& p = *static_cast<const pf_reorder*>(params);
  if (!same_dims(p.from, p.to) || is_blocked(p.from) == is_blocked(p.to)) return PF_INVALID;
  const pf_view& blocked = is_blocked(p.from) ? p.from : p.to;
  if (blocked.dtype != PF_FLOAT32 && blocked.dtype != PF_INT32) return PF_UNSUPPORTED;
  int status = check_blocked(blocked, blocked.dtype);
  if (status == PF_OK) status = check_plain(is_blocked(p.from) ? p.to : p.from, blocked.dtype);
  if (status != PF_OK) return status;
  out->chunks[0] = blocked.dims[0] * blocks_of(blocked.dims[1]);
  out->nanoseconds[0] = static_cast<double>(count_of(blocked)) * 0.3;
  return PF_OK;
}

// to[pixel][channel] = from[channel][pixel], for one block of `count` channels.
void interleave(float* __restrict to, const float* __restrict from, long long area, long long count) {
  if (count < kPack) {
    for (long long i = 0; i < area; i++) {
      for (long long c = 0; c < kPack; c++) to[i * kPack + c] = c < count ? from[c * area + i] : 0.0f;
    }
    return;
  }
  for (long long i = 0; i < area; i++) {
    for (long long c = 0; c < kPack; c++) to[i * kPack + c] = from[c * area + i];
  }
}

void separate(float* __restrict to, const float* __restrict from, long long area, long long count) {
  constexpr long long kRun = 16;
  for (long long first = 0; first < area; first += kRun) {
    const long long last = smaller(area, first + kRun);
    for (long long c = 0; c < count; c++) {
      for (long long i = first; i < last; i++) to[c * area + i] = from[i * kPack + c];
    }
  }
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_reorder& p = *static_cast<const pf_reorder*>(params);
  const long long area = p.from.dims[2] * p.from.dims[3], channels = p.from.dims[1], blocks = blocks_of(channels);
  for (long long chunk = first; chunk < last; chunk++) {
    const long long n = chunk / blocks, block = chunk % blocks, count = channels_of(block, channels);
    const long long plain = (n * channels + block * kPack) * area, blocked = chunk * kPack * area;
    if (is_blocked(p.to)) {
      interleave(at<float>(p.to) + blocked, at<const float>(p.from) + plain, area, count);
    } else {
      separate(at<float>(p.to) + plain, at<const float>(p.from) + blocked, area, count);
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_reorder*>(params)->workspace; }

}  // namespace

extern const Family reorder_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
