// A pool of threads that shares the fixed chunks of one stage after another; the caller takes part.
#include "threads.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <new>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pf {

namespace {

// Under this serial time, waking a worker costs more than it brings.
constexpr double kWorthSharingNanoseconds = 30e3;
constexpr int kSpins = 4000;  // some 30 to 60 us of pauses
constexpr uint64_t kFieldBits = 20;
constexpr uint64_t kField = (1u << kFieldBits) - 1;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

void futex_wait(std::atomic<int>* word, int expected) {
  syscall(SYS_futex, reinterpret_cast<int*>(word), FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wake_all(std::atomic<int>* word) {
  syscall(SYS_futex, reinterpret_cast<int*>(word), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

uint64_t next_of(uint64_t ticket) { return ticket & kField; }
uint64_t end_of(uint64_t ticket) { return (ticket >> kFieldBits) & kField; }

}  // namespace

FlushDenormals::FlushDenormals() {
#if defined(__x86_64__)
  saved_ = _mm_getcsr();
  _mm_setcsr(saved_ | 0x8040u);
#else
  saved_ = 0;
#endif
}

FlushDenormals::~FlushDenormals() {
#if defined(__x86_64__)
  _mm_setcsr(saved_);
#endif
}

int Threads::open(int count, Threads** out) {
  Threads* pool = new (std::nothrow) Threads(count);
  if (pool == nullptr) return PF_OUT_OF_MEMORY;
  pool->threads_.reserve(count);
  pool->starts_.resize(count);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int status = PF_OK;
  for (int worker = 1; worker < count && status == PF_OK; worker++) {
    pool->starts_[worker] = {pool, worker};
    pthread_t thread;
    if (pthread_create(&thread, nullptr, main, &pool->starts_[worker]) == 0) {
      pool->threads_.push_back(thread);
    } else {
      status = PF_THREAD_START;
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (status != PF_OK) {
    delete pool;
    return status;
  }
  *out = pool;
  return PF_OK;
}

Threads::~Threads() {
  stop_.store(true);
  wake_.fetch_add(1);
  futex_wake_all(&wake_);
  for (pthread_t thread : threads_) pthread_join(thread, nullptr);
}

void* Threads::main(void* start) {
  FlushDenormals flush;
  Start* s = static_cast<Start*>(start);
  s->threads->work(s->worker);
  return nullptr;
}

void Threads::work(int worker) {
  int spins = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    int seen = wake_.load(std::memory_order_acquire);
    if (help(worker)) {
      spins = 0;
    } else if (++spins < kSpins) {
      pause();
    } else {
      asleep_.fetch_add(1);
      uint64_t ticket = ticket_.load();
      if (next_of(ticket) >= end_of(ticket) && !stop_.load()) futex_wait(&wake_, seen);
      asleep_.fetch_sub(1);
      spins = 0;
    }
  }
}

// Takes one unit of the current stage, if any is left.
bool Threads::help(int worker) {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  const uint64_t next = next_of(ticket), end = end_of(ticket);
  if (next >= end) return false;
  // The caller goes up, workers come down: from run to run, and from one command to the next, most chunks meet the
  // caches of the thread that had them before.
  const uint64_t unit = worker == 0 ? next : end - 1;
  const uint64_t taken = worker == 0 ? ticket + 1 : ticket - (uint64_t{1} << kFieldBits);
  if (!ticket_.compare_exchange_weak(ticket, taken, std::memory_order_acq_rel)) return true;
  const Stage& s = stage_;
  long long first = static_cast<long long>(unit) * grain_;
  long long last = first + grain_ < s.chunks ? first + grain_ : s.chunks;
  char* scratch = s.scratch == nullptr ? nullptr : s.scratch + worker * s.cut->scratch;
  int status = s.family->run(s.params, *s.cut, s.index, first, last, scratch);
  if (status != PF_OK) status_.store(status);
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) futex_wake_all(&left_);
  return true;
}

int Threads::run_alone(const Stage& stage) {
  return stage.family->run(stage.params, *stage.cut, stage.index, 0, stage.chunks, stage.scratch);
}

int Threads::run(const Stage& stage) {
  if (stage.chunks <= 0) return PF_OK;
  double cost = stage.cut->nanoseconds[stage.index];
  if (count_ == 1 || stage.chunks == 1 || cost < kWorthSharingNanoseconds) return run_alone(stage);
  stage_ = stage;
  // Claims of some 5 us or more, and never more than the ticket can count.
  long long units = static_cast<long long>(cost / 5e3) + 1;
  long long most = units < stage.chunks ? units : stage.chunks;
  if (most > static_cast<long long>(kField)) most = kField;
  grain_ = (stage.chunks + most - 1) / most;
  uint64_t total = static_cast<uint64_t>((stage.chunks + grain_ - 1) / grain_);
  status_.store(PF_OK, std::memory_order_relaxed);
  left_.store(static_cast<int>(total), std::memory_order_relaxed);
  uint64_t generation = (ticket_.load(std::memory_order_relaxed) >> (2 * kFieldBits)) + 1;
  ticket_.store((generation << (2 * kFieldBits)) | (total << kFieldBits));
  if (asleep_.load() > 0) {
    wake_.fetch_add(1);
    futex_wake_all(&wake_);
  }
  while (help(0)) {
  }
  for (int spins = 0; left_.load(std::memory_order_acquire) != 0; spins++) {
    int left = left_.load(std::memory_order_acquire);
    if (spins < kSpins || left == 0) {
      pause();
    } else {
      futex_wait(&left_, left);
    }
  }
  return status_.load(std::memory_order_relaxed);
}

}  // namespace pf
