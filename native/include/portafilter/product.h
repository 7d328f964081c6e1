/* Matrix product with an optional bias per column and activation. */
#ifndef PORTAFILTER_PRODUCT_H
#define PORTAFILTER_PRODUCT_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * c (M x N) = op(a) (M x K) op(b) (K x N), op transposing when its flag is set; row-major. epilogue.bias holds N
 * values.
 */
typedef struct pf_product {
  int size;
  int transpose_a;
  int transpose_b;
  int prepare;   /* 1: only bring b into the prepared format */
  int algorithm; /* enum pf_numerics: the one to use, PF_UNSUPPORTED where it cannot; PF_NUMERICS_ANY: the table
                    chooses by shape */
  int reserved;
  pf_view a;
  pf_view b;
  pf_view c;
  pf_epilogue epilogue;
  long long prepared; /* pf_requirements.prepared bytes that a run with `prepare` filled; 0: b is read */
  long long workspace;
} pf_product;

PF_API int pf_product_query(long long context, const pf_product* params, pf_requirements* out);
PF_API int pf_program_product(long long program, const pf_product* params);

#ifdef __cplusplus
}
#endif
#endif
