// Runs our CUDA kernels on the host, block by block.
#include "emulator.h"

#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

#include "../../../native/cuda/kernels.cu"

Index3 threadIdx, blockIdx, gridDim;

namespace {

const EmulatedKernel* kernels = nullptr;

constexpr size_t kStack = 64 << 10;

alignas(64) char stacks[kThreads][kStack];
jmp_buf scheduler, fibers[kThreads];  // _setjmp keeps no signal mask, so that switching costs no system call
bool made = false, done[kThreads];
unsigned int current;
void (*running)(const void*);
const void* arguments;

void yield() {
  const unsigned int me = current;
  if (_setjmp(fibers[me]) == 0) _longjmp(scheduler, 1);
  threadIdx.x = current;
}

// A fiber serves its thread in every block, one after the other.
void serve() {
  for (;;) {
    yield();
    running(arguments);
    done[current] = true;
  }
}

void go_on(unsigned int fiber) {
  current = fiber;
  threadIdx.x = fiber;
  if (_setjmp(scheduler) == 0) _longjmp(fibers[fiber], 1);
}

void start(unsigned int fiber) {
  ucontext_t context, back;
  getcontext(&context);
  context.uc_stack.ss_sp = stacks[fiber];
  context.uc_stack.ss_size = kStack;
  context.uc_link = &back;
  makecontext(&context, serve, 0);
  current = fiber;
  if (_setjmp(scheduler) == 0) swapcontext(&back, &context);
}

// Every thread runs to its next barrier, until none is left.
void run_waiting_block() {
  for (unsigned int i = 0; !made && i < kThreads; i++) start(i);
  made = true;
  memset(done, 0, sizeof done);
  for (bool left = true; left;) {
    left = false;
    for (unsigned int i = 0; i < kThreads; i++) {
      if (done[i]) continue;
      go_on(i);
      left |= !done[i];
    }
  }
}

void run_block(const EmulatedKernel& kernel) {
  if (kernel.waits) {
    run_waiting_block();
    return;
  }
  for (unsigned int i = 0; i < kThreads; i++) {
    threadIdx.x = i;
    kernel.run(arguments);
  }
}

}  // namespace

EmulatedKernel::EmulatedKernel(const char* name, void (*run)(const void*), size_t bytes, bool waits)
    : name(name), run(run), bytes(bytes), waits(waits), next(kernels) {
  kernels = this;
}

void __syncthreads() { yield(); }

const EmulatedKernel* find_kernel(const char* name) {
  const EmulatedKernel* kernel = kernels;
  while (kernel != nullptr && strcmp(kernel->name, name) != 0) kernel = kernel->next;
  return kernel;
}

unsigned int emulated_threads() { return kThreads; }

void run_kernel(const EmulatedKernel& kernel, unsigned int x, unsigned int y, unsigned int z, const void* params) {
  running = kernel.run;
  arguments = params;
  gridDim = {x, y, z};
  for (blockIdx.z = 0; blockIdx.z < z; blockIdx.z++) {
    for (blockIdx.y = 0; blockIdx.y < y; blockIdx.y++) {
      for (blockIdx.x = 0; blockIdx.x < x; blockIdx.x++) run_block(kernel);
    }
  }
}
