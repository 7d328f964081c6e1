/* Matrix product with an optional bias per column and activation. */
#ifndef PORTAFILTER_GEMM_H
#define PORTAFILTER_GEMM_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * c (M x N) = op(a) (M x K) op(b) (K x N), op transposing when its flag is set; row-major. epilogue.bias holds N
 * values.
 */
typedef struct pf_gemm {
  int size;
  int transpose_a;
  int transpose_b;
  int accumulate; /* must be 0 */
  int prepare;    /* 1: only bring b into the prepared format */
  int algorithm;  /* enum pf_numerics: the one to use, PF_UNSUPPORTED where it cannot; 0: the table chooses by shape */
  pf_view a;
  pf_view b;
  pf_view c;
  pf_prologue prologue;
  pf_epilogue epilogue;
  long long prepared; /* pf_requirements.prepared bytes that a run with `prepare` filled; 0: b is read */
  long long workspace;
} pf_gemm;

PF_API int pf_gemm_query(long long context, const pf_gemm* params, pf_requirements* out);
PF_API int pf_program_gemm(long long program, const pf_gemm* params);

#ifdef __cplusplus
}
#endif
#endif
