// Inverted dropout over Philox4x32-10 (Salmon et al. 2011): the mask is a function of (seed, step, stream, position),
// the same as on the CPU.
#pragma once
#include "kernel.cuh"

struct DropoutParams {
  Head head;
  int64 count;
  int64 stream;
  double rate;
  const int64* seed;
  const int64* step;
  const void* x;
  void* out;
};

__device__ inline void philox(uint64 block, uint32 stream, uint32 step, uint64 seed, uint32 words[4]) {
  uint32 c0 = static_cast<uint32>(block), c1 = static_cast<uint32>(block >> 32), c2 = stream, c3 = step;
  uint32 k0 = static_cast<uint32>(seed), k1 = static_cast<uint32>(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64 a = 0xD2511F53ull * c0, b = 0xCD9E8D57ull * c2;
    c0 = static_cast<uint32>(b >> 32) ^ c1 ^ k0;
    c2 = static_cast<uint32>(a >> 32) ^ c3 ^ k1;
    c1 = static_cast<uint32>(b);
    c3 = static_cast<uint32>(a);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

// Four elements per thread.
template <class T>
__device__ void dropout(const DropoutParams& p) {
  const double bound = p.rate * 4294967296.0;
  const uint32 limit = bound >= 4294967295.0 ? 0xFFFFFFFFu : static_cast<uint32>(bound);
  const T scale = static_cast<T>(1.0 / (1.0 - p.rate));
  const uint32 count = static_cast<uint32>(p.count);
  for (uint32 block = first_element(); block < (count + 3) / 4; block += all_threads()) {
    uint32 words[4];
    philox(block, static_cast<uint32>(p.stream), static_cast<uint32>(*p.step), static_cast<uint64>(*p.seed), words);
    for (uint32 i = 4 * block, w = 0; w < 4 && i < count; i++, w++) {
      put<T>(p.out, i, words[w] < limit ? T(0) : get<T>(p.x, i) * scale);
    }
  }
}
PF_ELEMENTS(dropout, DropoutParams)
