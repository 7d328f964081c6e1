// A pool of threads that shares the fixed chunks of one stage after another; the caller takes part.
//
// The state of a stage is one 64-bit ticket: (generation, end, next). Claiming a chunk is a compare-and-swap on it,
// and the stage's description is read only after a claim succeeded, when it cannot change before that chunk is done. So
// the join waits for claimed chunks alone and a worker that wakes late finds nothing to do.
#pragma once
#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "family.h"

namespace pf {

struct Stage {
  const Family* family = nullptr;
  const void* params = nullptr;
  const Cut* cut = nullptr;
  int index = 0;
  long long chunks = 0;
  char* scratch = nullptr;  // worker i uses scratch + i * cut->scratch
};

class Threads {
 public:
  static int open(int count, Threads** out);
  ~Threads();
  int count() const { return count_; }
  int run(const Stage& stage);
  // Runs all chunks on the caller.
  static int run_alone(const Stage& stage);

 private:
  explicit Threads(int count) : count_(count) {}
  static void* main(void* self);
  void work(int worker);
  bool help(int worker);

  struct Start {
    Threads* threads;
    int worker;
  };

  const int count_;
  std::vector<pthread_t> threads_;
  std::vector<Start> starts_;
  Stage stage_;
  long long grain_ = 1;
  alignas(64) std::atomic<uint64_t> ticket_{0};
  alignas(64) std::atomic<int> left_{0};
  alignas(64) std::atomic<int> wake_{0};
  std::atomic<int> asleep_{0};
  std::atomic<int> status_{0};
  std::atomic<bool> stop_{false};
};

// Flush-to-zero and denormals-are-zero for the life of the object; the previous mode comes back at the end.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();

 private:
  unsigned int saved_;
};

}  // namespace pf
