// The pool under many small programs: contexts open and close, several callers share one, and every sum comes out
// right.
#include <pthread.h>

#include <cstdio>
#include <algorithm>
#include <cstring>
#include <vector>

#include "portafilter/context.h"
#include "portafilter/memory.h"
#include "portafilter/pointwise.h"
#include "portafilter/program.h"

namespace {

struct Caller {
  long long context;
  int failures;
};

void* many_runs(void* argument) {
  Caller* caller = static_cast<Caller*>(argument);
  std::vector<float> x(200000, 1.0f), y(200000, 0.0f);
  pf_pointwise p;
  std::memset(&p, 0, sizeof p);
  p.size = sizeof p;
  p.kind = PF_POINTWISE_RESCALE;
  p.alpha = 2;
  p.beta = 1;
  for (pf_view* view : {&p.a, &p.out}) {
    view->dtype = PF_FLOAT32;
    view->rank = 1;
    view->dims[0] = static_cast<long long>(x.size());
  }
  p.a.data = reinterpret_cast<long long>(x.data());
  p.out.data = reinterpret_cast<long long>(y.data());
  long long program = 0;
  pf_program_open(caller->context, &program);
  pf_program_pointwise(program, &p);
  for (int run = 0; run < 200; run++) {
    std::fill(y.begin(), y.end(), 0.0f);
    if (pf_program_run(program) != PF_OK) caller->failures++;
    for (float value : y) {
      if (value != 3.0f) {
        caller->failures++;
        break;
      }
    }
  }
  pf_program_close(program);
  return nullptr;
}

}  // namespace

int threads_test() {
  int failures = 0;
  for (int threads : {1, 2, 3, 8}) {
    Caller callers[2] = {{0, 0}, {0, 0}};
    if (pf_context_open(threads, PF_ISA_X86_64_V2, &callers[0].context) != PF_OK) return 1;
    callers[1].context = callers[0].context;
    pthread_t other;
    pthread_create(&other, nullptr, many_runs, &callers[1]);
    many_runs(&callers[0]);
    pthread_join(other, nullptr);
    pf_context_close(callers[0].context);
    failures += callers[0].failures + callers[1].failures;
  }
  long long address = 0;
  if (pf_memory_map(3LL << 20, &address) != PF_OK || address % (2 << 20) != 0) failures++;
  pf_memory_unmap(address, 3LL << 20);
  if (pf_memory_map(-1, &address) != PF_INVALID) failures++;
  if (failures > 0) std::printf("FAILED: %d in threads_test\n", failures);
  return failures;
}
