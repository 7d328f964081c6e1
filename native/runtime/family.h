// The seam between the runtime and the kernels: what a kernel family offers for one instruction set.
//
// A command is a family, a copy of its descriptor and the Layout its `check` computed. A command has stages; all chunks
// of a stage may run at once in any order on any worker, and a stage begins when the one before has ended. Chunks are a
// function of shape only, so results do not depend on the number of threads.
#pragma once
#include "portafilter/abi.h"

namespace pf {

struct Layout {
  int stages = 1;
  int numerics = PF_NUMERICS_EXACT;
  long long chunks[3] = {1, 1, 1};
  double nanoseconds[3] = {0, 0, 0};  // serial estimates: decide only whether a stage is worth sharing
  long long shared = 0;               // workspace bytes used by all workers
  long long prepared = 0;             // bytes that can be prepared once
  long long scratch = 0;              // workspace bytes of each worker, after the shared ones
  long long tiling[8] = {};           // the family's own choices, a function of shape only
};

struct Family {
  int (*check)(const void* params, Layout* out);
  // Runs chunks [first, last) of a stage; scratch is this worker's.
  int (*run)(const void* params, const Layout& layout, int stage, long long first, long long last, char* scratch);
  long long (*workspace)(const void* params);  // address given in the descriptor
};

struct Table {
  const Family* conv;
  const Family* pool;
  const Family* norm;
  const Family* gemm;
  const Family* pointwise;
  const Family* move;
  const Family* reduce;
  const Family* softmax;
  const Family* update;
  const Family* dropout;
  const Family* probe;
  const Family* reorder;
  const Family* fold;
};

// One table per instruction set compiled in; null where the build has none.
const Table* table_x86_64_v2();
const Table* table_avx2();
const Table* table_avx512();

}  // namespace pf
