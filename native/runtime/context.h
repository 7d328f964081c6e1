// A context: the thread pool and the kernel table of one instruction set; the only state the library keeps.
#pragma once
#include <mutex>

#include "family.h"
#include "threads.h"

namespace pf {

struct Context {
  const Table* table;
  Threads* threads;
  std::mutex running;
};

inline Context* context_of(long long handle) { return reinterpret_cast<Context*>(handle); }

}  // namespace pf
