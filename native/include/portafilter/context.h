/* A context: the thread pool and the kernels chosen for this CPU. Handles are addresses; 0 is never valid. */
#ifndef PORTAFILTER_CONTEXT_H
#define PORTAFILTER_CONTEXT_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_isa { PF_ISA_X86_64_V2 = 0, PF_ISA_AVX2 = 1, PF_ISA_AVX512 = 2 };

PF_API int pf_abi_version(void);

/* The widest instruction set this CPU and operating system offer, as enum pf_isa. */
PF_API int pf_best_isa(void);

/*
 * Opens a context with `threads` threads, the caller of pf_program_run included. `isa` is an enum pf_isa no wider
 * than pf_best_isa(). Writes the handle to *context.
 */
PF_API int pf_context_open(int threads, int isa, long long* context);

/* Stops the workers and frees the context; no program of it may be running. */
PF_API void pf_context_close(long long context);

/* OpenBLAS's own description of its build and of the kernels it chose. The text is static. */
PF_API const char* pf_blas_config(void);
PF_API const char* pf_blas_core(void);
PF_API int pf_blas_threads(void);

#ifdef __cplusplus
}
#endif
#endif
