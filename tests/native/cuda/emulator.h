// As much of CUDA as our kernels use, on the host. A block's threads run one after the other; where kernels wait for
// each other they are fibers, each with a stack of its own, that take turns at every barrier.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmath>

#define __global__ __attribute__((weak))  // several tests may hold the text
#define __device__
#define __launch_bounds__(threads)
// Blocks run one at a time, so that one copy serves them all.
#define __shared__ static

using std::erfc;
using std::exp;
using std::expm1;
using std::fma;
using std::log;
using std::log1p;
using std::pow;
using std::sqrt;
using std::tanh;

struct Index3 {
  unsigned int x, y, z;
};
extern Index3 threadIdx, blockIdx, gridDim;

void __syncthreads();

inline float __uint_as_float(unsigned int bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
inline unsigned int __float_as_uint(float value) {
  unsigned int bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline unsigned long long atomicCAS(unsigned long long* at, unsigned long long expected, unsigned long long value) {
  const unsigned long long old = *at;
  if (old == expected) *at = value;
  return old;
}

// One kernel of the text: how to call it for one thread, how large its parameters are, whether its threads wait.
struct EmulatedKernel {
  EmulatedKernel(const char* name, void (*run)(const void*), size_t bytes, bool waits);
  const char* name;
  void (*run)(const void*);
  size_t bytes;
  bool waits;
  const EmulatedKernel* next;
};

// The kernel of this name, or null.
const EmulatedKernel* find_kernel(const char* name);

// Runs a grid of blocks.
void run_kernel(const EmulatedKernel& kernel, unsigned int x, unsigned int y, unsigned int z, const void* params);

// Threads of a block.
unsigned int emulated_threads();

#define PF_REGISTER(kernel, Params, waits) \
  static EmulatedKernel kernel##_emulated( \
      #kernel, [](const void* params) { kernel(*static_cast<const Params*>(params)); }, sizeof(Params), waits);
