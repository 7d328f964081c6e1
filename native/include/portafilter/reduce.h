/* Sums and norms over dimensions, and the spreading of their gradients. */
#ifndef PORTAFILTER_REDUCE_H
#define PORTAFILTER_REDUCE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_reduce_kind { PF_REDUCE_SUM = 0, PF_REDUCE_EXPAND = 1, PF_REDUCE_NORM = 2 };

/*
 * x is seen as keep0 x reduce0 x keep1 x reduce1. PF_REDUCE_SUM: y (keep0 x keep1) = scale * sum over the reduced
 * dimensions. PF_REDUCE_EXPAND: y (keep0 x reduce0 x keep1 x reduce1) = scale * x (keep0 x keep1), repeated.
 * PF_REDUCE_NORM: y, one number, = scale * root of the sum of the squares of reduce0 elements, all others 1; squares
 * neither overflow nor vanish where the root fits.
 */
typedef struct pf_reduce {
  int size;
  int kind;
  double scale;
  long long keep0;
  long long reduce0;
  long long keep1;
  long long reduce1;
  pf_view x;
  pf_view y;
  long long workspace;
} pf_reduce;

PF_API int pf_reduce_query(long long context, const pf_reduce* params, pf_requirements* out);
PF_API int pf_program_reduce(long long program, const pf_reduce* params);

#ifdef __cplusplus
}
#endif
#endif
