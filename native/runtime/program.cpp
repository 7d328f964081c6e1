// A program: a list of commands that one call executes.
#include "portafilter/program.h"

#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <vector>

#include "context.h"
#include "families.h"
#include "portafilter/context.h"

extern "C" void openblas_set_num_threads(int);

namespace pf {

namespace {

struct Command {
  const Family* family;
  std::unique_ptr<char[]> params;
  Cut cut;
};

struct Program {
  Context* context;
  std::vector<Command> commands;
  std::atomic<bool> cancelled{false};
  long long* nanoseconds = nullptr;
};

long long now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int query(const Family* family, const void* params, const Context* context, pf_requirements* out) {
  Cut cut;
  int status = family->check(params, &cut);
  if (status != PF_OK) return status;
  out->workspace = cut.shared + cut.scratch * context->threads->count();
  out->stages = cut.stages;
  out->numerics = cut.numerics;
  out->prepared = cut.prepared;
  out->chunks = 0;
  for (int s = 0; s < cut.stages; s++) {
    if (cut.chunks[s] > out->chunks) out->chunks = cut.chunks[s];
  }
  return PF_OK;
}

int append(long long handle, const Family* family, const void* params, int size) {
  Program* program = reinterpret_cast<Program*>(handle);
  Command command{family, std::unique_ptr<char[]>(new (std::nothrow) char[size]), {}};
  if (command.params == nullptr) return PF_OUT_OF_MEMORY;
  int status = family->check(params, &command.cut);
  if (status != PF_OK) return status;
  if (command.cut.runs != nullptr) command.family = command.cut.runs;
  bool needs_workspace = command.cut.shared + command.cut.scratch > 0;
  if (needs_workspace && family->workspace(params) == 0) return PF_INVALID;
  memcpy(command.params.get(), params, size);
  program->commands.push_back(std::move(command));
  return PF_OK;
}

int run_command(Program* program, const Command& command, bool shared) {
  Stage stage;
  stage.family = command.family;
  stage.params = command.params.get();
  stage.cut = &command.cut;
  if (command.cut.scratch > 0) {
    stage.scratch = reinterpret_cast<char*>(command.family->workspace(stage.params)) + command.cut.shared;
  }
  for (int s = 0; s < command.cut.stages; s++) {
    stage.index = s;
    stage.chunks = command.cut.chunks[s];
    int status = shared ? program->context->threads->run(stage) : Threads::run_alone(stage);
    if (status != PF_OK) return status;
  }
  return PF_OK;
}

}  // namespace

}  // namespace pf

int pf_program_open(long long context, long long* program) {
  if (context == 0 || program == nullptr) return PF_INVALID;
  pf::Program* opened = new (std::nothrow) pf::Program;
  if (opened == nullptr) return PF_OUT_OF_MEMORY;
  opened->context = pf::context_of(context);
  *program = reinterpret_cast<long long>(opened);
  return PF_OK;
}

void pf_program_close(long long program) { delete reinterpret_cast<pf::Program*>(program); }

long long pf_program_run(long long handle) {
  pf::Program* program = reinterpret_cast<pf::Program*>(handle);
  // The pool serves one program at a time. Another caller does not wait for it but runs alone: the bits are the same.
  std::unique_lock<std::mutex> pool(program->context->running, std::try_to_lock);
  pf::FlushDenormals flush;
  program->cancelled.store(false, std::memory_order_relaxed);
  if (pf_blas_threads() != 1) openblas_set_num_threads(1);
  long long* timing = program->nanoseconds;
  for (size_t i = 0; i < program->commands.size(); i++) {
    const long long command = static_cast<long long>(i) * 256;
    if (program->cancelled.load(std::memory_order_relaxed)) return command + PF_CANCELLED;
    long long start = timing == nullptr ? 0 : pf::now();
    int status = pf::run_command(program, program->commands[i], pool.owns_lock());
    if (timing != nullptr) timing[i] += pf::now() - start;
    if (status != PF_OK) return command + status;
  }
  return pf_blas_threads() == 1 ? PF_OK : PF_BLAS_THREADS;
}

void pf_program_cancel(long long program) { reinterpret_cast<pf::Program*>(program)->cancelled.store(true); }

void pf_program_time(long long program, long long nanoseconds) {
  reinterpret_cast<pf::Program*>(program)->nanoseconds = reinterpret_cast<long long*>(nanoseconds);
}

// Each family's pair of entry points: query, and append to a program.
#define PF_FAMILY(name, header)                                                                   \
  int pf_##name##_query(long long context, const pf_##name* params, pf_requirements* out) {       \
    if (context == 0 || params == nullptr || out == nullptr) return PF_INVALID;                   \
    if (params->size != static_cast<int>(sizeof(pf_##name))) return PF_INVALID;                   \
    return pf::query(pf::context_of(context)->table->name, params, pf::context_of(context), out); \
  }                                                                                               \
  int pf_program_##name(long long program, const pf_##name* params) {                             \
    if (program == 0 || params == nullptr) return PF_INVALID;                                     \
    if (params->size != static_cast<int>(sizeof(pf_##name))) return PF_INVALID;                   \
    const pf::Table* table = reinterpret_cast<pf::Program*>(program)->context->table;             \
    return pf::append(program, table->name, params, params->size);                                \
  }
#include "../families.def"
