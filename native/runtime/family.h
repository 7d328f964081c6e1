// The seam between the runtime and the kernels: what a kernel family offers for one instruction set.
//
// A command is a family, a copy of its descriptor and the Cut its `check` computed. A command has stages; all chunks
// of a stage may run at once in any order on any worker, and a stage begins when the one before has ended. Chunks are a
// function of shape only, so results do not depend on the number of threads.
#pragma once
#include <cstring>

#include "portafilter/abi.h"

namespace pf {

struct Family;

// How a command is cut into stages and chunks, and by whom it is run.
struct Cut {
  const Family* runs = nullptr;  // which of its algorithms the family chose; null: the family itself
  int stages = 1;
  int numerics = PF_NUMERICS_EXACT;
  long long chunks[3] = {1, 1, 1};
  double nanoseconds[3] = {0, 0, 0};  // serial estimates: decide only whether a stage is worth sharing
  long long shared = 0;               // workspace bytes used by all workers
  long long prepared = 0;             // bytes that can be prepared once
  long long scratch = 0;              // workspace bytes of each worker, after the shared ones

  // The algorithm's own choices, a plain struct of its own of at most 64 bytes: a function of shape only.
  template <class Own>
  void keep(const Own& own) {
    static_assert(sizeof(Own) <= sizeof own_ && __is_trivially_copyable(Own), "kept as bytes");
    memcpy(own_, &own, sizeof(Own));
  }
  template <class Own>
  Own kept() const {
    Own own;
    memcpy(&own, own_, sizeof(Own));
    return own;
  }

 private:
  unsigned char own_[64] = {};
};

struct Family {
  int (*check)(const void* params, Cut* out);
  // Runs chunks [first, last) of a stage; scratch is this worker's.
  int (*run)(const void* params, const Cut& cut, int stage, long long first, long long last, char* scratch);
  long long (*workspace)(const void* params);  // address given in the descriptor
};

struct Table {
#define PF_FAMILY(name, header) const Family* name;
#include "../families.def"
};

// One table per instruction set compiled in; null where the build has none.
const Table* table_x86_64_v2();
const Table* table_avx2();
const Table* table_avx512();

}  // namespace pf
