// Inverted dropout over Philox4x32-10: the mask is a function of (seed, step, stream, position), never of who computes
// it.
#include "portafilter/dropout.h"

#include "shared/vector.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kBlocks = 4096;  // of four elements: one chunk

int check(const void* params, Cut* out) {
  const pf_dropout& p = *static_cast<const pf_dropout*>(params);
  if (!is_float(p.x.dtype) || !(p.rate >= 0 && p.rate < 1) || p.seed == 0 || p.step == 0) return PF_INVALID;
  const long long count = count_of(p.x);
  int status = check_plain(p.x, p.x.dtype);
  if (status == PF_OK) status = check_plain(p.y, p.x.dtype, count);
  if (status != PF_OK) return status;
  out->chunks[0] = ceil_div(count, 4 * kBlocks);
  out->nanoseconds[0] = static_cast<double>(count) * 3;
  return PF_OK;
}

constexpr int kLongLanes = sizeof(vec_long) / sizeof(uint64_t);  // blocks computed side by side
constexpr int kWords = 64;                                       // words written at once

constexpr int kRounds = 10;

vec_long same(uint64_t x) { return vec_long{} + x; }

// What is the same for every block.
struct Philox {
  vec_long stream, step, keys[kRounds][2];

  Philox(uint32_t of_stream, uint32_t at_step, uint64_t seed) : stream(same(of_stream)), step(same(at_step)) {
    uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
    for (auto& key : keys) {
      key[0] = same(k0), key[1] = same(k1);
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
  }
};

// The words of kLongLanes blocks from `first` on, in order. Each lies in the low half of a lane, where multiplications
// read it; what is in the high half never counts.
void philox(const Philox& with, long long first, uint32_t* words) {
  vec_long lanes;
  for (int l = 0; l < kLongLanes; l++) lanes[l] = static_cast<uint64_t>(l);
  vec_long c0 = same(static_cast<uint64_t>(first)) + lanes, c1 = c0 >> 32, c2 = with.stream, c3 = with.step;
#pragma GCC unroll 10
  for (int round = 0; round < kRounds; round++) {
    const vec_long a = product_of_low(c0, same(0xD2511F53u)), b = product_of_low(c2, same(0xCD9E8D57u));
    c0 = (b >> 32) ^ (c1 ^ with.keys[round][0]);
    c2 = (a >> 32) ^ (c3 ^ with.keys[round][1]);
    c1 = b;
    c3 = a;
  }
  const vec_long low = (c0 & 0xFFFFFFFFu) | (c1 << 32), high = (c2 & 0xFFFFFFFFu) | (c3 << 32);
  vec_long lanes_below, lanes_above;
  for (int l = 0; l < kLongLanes; l++) {
    lanes_below[l] = static_cast<uint64_t>(l / 2 + l % 2 * kLongLanes);
    lanes_above[l] = lanes_below[l] + kLongLanes / 2;
  }
  const vec_long below = __builtin_shuffle(low, high, lanes_below), above = __builtin_shuffle(low, high, lanes_above);
  memcpy(words, &below, sizeof below);
  memcpy(words + 2 * kLongLanes, &above, sizeof above);
}

// x or 0, by its bits: a choice would become masked loads.
float kept(float x, bool keep) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits &= keep ? ~0u : 0u;
  memcpy(&x, &bits, sizeof x);
  return x;
}

double kept(double x, bool keep) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits &= keep ? ~0ull : 0ull;
  memcpy(&x, &bits, sizeof x);
  return x;
}

template <class T>
void copy_past(T* to, const T (&from)[kWords]) {
  const float* lanes = reinterpret_cast<const float*>(from);
  constexpr int kFloats = kWords * sizeof(T) / sizeof(float);
  for (int i = 0; i < kFloats; i += kVecLanes) pass_by(reinterpret_cast<float*>(to) + i, load(lanes + i));
}

template <class T>
void run_blocks(const pf_dropout& p, long long first, long long last) {
  const long long count = count_of(p.x);
  const Philox with(p.stream, static_cast<uint32_t>(*at<const int64_t>(p.step)),
                    static_cast<uint64_t>(*at<const int64_t>(p.seed)));
  const double bound = p.rate * 4294967296.0;
  const uint32_t limit = bound >= 4294967295.0 ? 0xFFFFFFFFu : static_cast<uint32_t>(bound);
  const T scale = static_cast<T>(1.0 / (1.0 - p.rate));
  const T* x = at<const T>(p.x);
  T* out = at<T>(p.y);
  const bool past_caches = out != x && p.y.data % 64 == 0 && count * static_cast<long long>(sizeof(T)) >= kPassBy;
  for (long long start = 4 * first; start < smaller(4 * last, count); start += kWords) {
    alignas(64) uint32_t words[kWords];
    for (int i = 0; i < kWords; i += 4 * kLongLanes) philox(with, (start + i) / 4, words + i);
    if (start + kWords > count) {
      for (long long i = start; i < count; i++) out[i] = kept(x[i] * scale, words[i - start] >= limit);
      break;
    }
    alignas(64) T some[kWords];
    for (int i = 0; i < kWords; i++) some[i] = kept(x[start + i] * scale, words[i] >= limit);
    past_caches ? copy_past(out + start, some) : static_cast<void>(memcpy(out + start, some, sizeof some));
  }
  passed_by();
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_dropout& p = *static_cast<const pf_dropout*>(params);
  const long long end = smaller(last * kBlocks, ceil_div(count_of(p.x), 4));
  p.x.dtype == PF_FLOAT32 ? run_blocks<float>(p, first * kBlocks, end) : run_blocks<double>(p, first * kBlocks, end);
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_dropout*>(params)->workspace; }

}  // namespace

extern const Family dropout_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
