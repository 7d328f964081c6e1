// Opening a context: CPU features are read once, the portable kernels are the first entry, wider ones replace them.
#include "context.h"

#include <new>

#include "portafilter/context.h"

extern "C" {
void openblas_set_num_threads(int);
int openblas_get_num_threads(void);
char* openblas_get_config(void);
char* openblas_get_corename(void);
}

#if defined(PF_PORTABLE_ONLY)
namespace pf {
const Table* table_avx2() { return nullptr; }
const Table* table_avx512() { return nullptr; }
}  // namespace pf
#endif

namespace {

const pf::Table* table_of(int isa) {
  switch (isa) {
    case PF_ISA_X86_64_V2:
      return pf::table_x86_64_v2();
    case PF_ISA_AVX2:
      return pf::table_avx2();
    case PF_ISA_AVX512:
      return pf::table_avx512();
    default:
      return nullptr;
  }
}

}  // namespace

int pf_abi_version(void) { return PF_ABI_VERSION; }

int pf_best_isa(void) {
#if defined(__x86_64__)
  if (pf::table_avx512() != nullptr && __builtin_cpu_supports("x86-64-v4")) return PF_ISA_AVX512;
  if (pf::table_avx2() != nullptr && __builtin_cpu_supports("x86-64-v3")) return PF_ISA_AVX2;
#endif
  return PF_ISA_X86_64_V2;
}

int pf_context_open(int threads, int isa, long long* context) {
  if (threads < 1 || threads > 1024 || context == nullptr || isa < 0) return PF_INVALID;
  if (isa > pf_best_isa() || table_of(isa) == nullptr) return PF_UNSUPPORTED;
  openblas_set_num_threads(1);
  pf::Threads* pool = nullptr;
  int status = pf::Threads::open(threads, &pool);
  if (status != PF_OK) return status;
  pf::Context* opened = new (std::nothrow) pf::Context{table_of(isa), pool, {}};
  if (opened == nullptr) {
    delete pool;
    return PF_OUT_OF_MEMORY;
  }
  *context = reinterpret_cast<long long>(opened);
  return PF_OK;
}

void pf_context_close(long long context) {
  pf::Context* closed = pf::context_of(context);
  if (closed == nullptr) return;
  delete closed->threads;
  delete closed;
}

const char* pf_blas_config(void) { return openblas_get_config(); }
const char* pf_blas_core(void) { return openblas_get_corename(); }
int pf_blas_threads(void) { return openblas_get_num_threads(); }
