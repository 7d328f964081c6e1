// Inverted dropout over Philox4x32-10: the mask is a function of (seed, step, stream, position), never of who computes
// it.
#include "portafilter/random.h"

#include "kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kBlocks = 4096;  // of four elements: one chunk

int check(const void* params, Layout* out) {
  const pf_dropout& p = *static_cast<const pf_dropout*>(params);
  if (!is_float(p.x.dtype) || !(p.rate >= 0 && p.rate < 1) || p.seed == 0 || p.step == 0) return PF_INVALID;
  const long long count = count_of(p.x);
  int status = check_plain(p.x, p.x.dtype);
  if (status == PF_OK) status = check_plain(p.out, p.x.dtype, count);
  if (status != PF_OK) return status;
  out->chunks[0] = ceil_div(count, 4 * kBlocks);
  out->nanoseconds[0] = static_cast<double>(count) * 3;
  return PF_OK;
}

constexpr int kSide = 16;  // blocks computed side by side, so that every step of the rounds is a vector

// Word w of block first + l at words[w][l].
void philox(long long first, uint32_t stream, uint32_t step, uint64_t seed, uint32_t words[4][kSide]) {
  uint32_t c0[kSide], c1[kSide], c2[kSide], c3[kSide];
  for (int l = 0; l < kSide; l++) {
    c0[l] = static_cast<uint32_t>(first + l);
    c1[l] = static_cast<uint32_t>((first + l) >> 32);
    c2[l] = stream;
    c3[l] = step;
  }
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; round++) {
    for (int l = 0; l < kSide; l++) {
      const uint64_t a = 0xD2511F53ull * c0[l], b = 0xCD9E8D57ull * c2[l];
      c0[l] = static_cast<uint32_t>(b >> 32) ^ c1[l] ^ k0;
      c2[l] = static_cast<uint32_t>(a >> 32) ^ c3[l] ^ k1;
      c1[l] = static_cast<uint32_t>(b);
      c3[l] = static_cast<uint32_t>(a);
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  memcpy(words[0], c0, sizeof c0);
  memcpy(words[1], c1, sizeof c1);
  memcpy(words[2], c2, sizeof c2);
  memcpy(words[3], c3, sizeof c3);
}

template <class T>
void run_blocks(const pf_dropout& p, long long first, long long last) {
  const long long count = count_of(p.x);
  const uint64_t seed = static_cast<uint64_t>(*at<const int64_t>(p.seed));
  const uint32_t step = static_cast<uint32_t>(*at<const int64_t>(p.step));
  const double bound = p.rate * 4294967296.0;
  const uint32_t limit = bound >= 4294967295.0 ? 0xFFFFFFFFu : static_cast<uint32_t>(bound);
  const T scale = static_cast<T>(1.0 / (1.0 - p.rate));
  const T* x = at<const T>(p.x);
  T* out = at<T>(p.out);
  for (long long block = first; block < last; block += kSide) {
    uint32_t words[4][kSide];
    philox(block, p.stream, step, seed, words);
    T factor[4 * kSide];
    for (int l = 0; l < kSide; l++) {
      for (int w = 0; w < 4; w++) factor[4 * l + w] = words[w][l] < limit ? T(0) : scale;
    }
    const long long start = 4 * block, end = smaller(smaller(4 * last, count), start + 4 * kSide);
    for (long long i = start; i < end; i++) out[i] = factor[i - start] == T(0) ? T(0) : x[i] * scale;
  }
}

int run(const void* params, const Layout&, int, long long first, long long last, char*) {
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
