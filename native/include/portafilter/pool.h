/* Max and average pooling over two-dimensional windows, forward and backward. */
#ifndef PORTAFILTER_POOL_H
#define PORTAFILTER_POOL_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_pool_kind { PF_POOL_MAX = 0, PF_POOL_AVERAGE = 1 };

/*
 * x, dx: N x C x H x W; y, dy: N x C x OH x OW. PF_FORWARD reads x and writes y, PF_BACKWARD_DATA reads dy and writes
 * dx. For PF_POOL_MAX `switches` (int32, shaped as y) receives the position h * W + w of each maximum in its plane (the
 * first on ties, the first NaN if there is one); it may be absent forward and is required backward. Padding never wins
 * a maximum.
 */
typedef struct pf_pool {
  int size;
  int pass; /* PF_FORWARD or PF_BACKWARD_DATA */
  int kind;
  pf_window window;
  int count_padding; /* average: divide by the window size (1) or by the cells inside the input (0) */
  pf_view x;
  pf_view y;
  pf_view dx;
  pf_view dy;
  pf_view switches;
  long long workspace;
} pf_pool;

PF_API int pf_pool_query(long long context, const pf_pool* params, pf_requirements* out);
PF_API int pf_program_pool(long long program, const pf_pool* params);

#ifdef __cplusplus
}
#endif
#endif
