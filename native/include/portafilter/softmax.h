/* Softmax over the last dimension, its cross-entropy with class labels, and the count of correct rankings. */
#ifndef PORTAFILTER_SOFTMAX_H
#define PORTAFILTER_SOFTMAX_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_softmax_kind {
  PF_SOFTMAX = 0,                    /* y = softmax(x) */
  PF_SOFTMAX_GRAD = 1,               /* dx = y (dy - sum(dy y)) */
  PF_SOFTMAX_CROSS_ENTROPY = 2,      /* loss = mean over rows of -log softmax(x)[label]; y = softmax(x) */
  PF_SOFTMAX_CROSS_ENTROPY_GRAD = 3, /* dx = dloss (y - onehot(label)) / N */
  PF_TOP_COUNT = 4,                  /* loss = number of rows whose label ranks among the `top` largest of x */
  PF_LOG_SOFTMAX = 5,                /* y = log softmax(x) */
  PF_LOG_SOFTMAX_GRAD = 6,           /* dx = dy - exp(y) sum(dy) */
  PF_ONE_HOT = 7                     /* y = (1 - smoothing) onehot(label) + smoothing / C; 0 where label = ignored */
};

/*
 * x, y, dx, dy: N x C. labels: N int32 in [0, C), else the program stops with PF_LABEL_RANGE. loss, dloss: one value.
 * Ties rank the lower class first.
 */
typedef struct pf_softmax {
  int size;
  int kind;
  int top;
  int ignored; /* a label, which need not be in [0, C); below 0: none */
  double smoothing;
  pf_view x;
  pf_view y;
  pf_view dx;
  pf_view dy;
  pf_view labels;
  pf_view loss;
  pf_view dloss;
  long long workspace;
} pf_softmax;

PF_API int pf_softmax_query(long long context, const pf_softmax* params, pf_requirements* out);
PF_API int pf_program_softmax(long long program, const pf_softmax* params);

#ifdef __cplusplus
}
#endif
#endif
