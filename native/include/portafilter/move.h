/* Moves between boxes of tensors, and the same values in another order of memory. */
#ifndef PORTAFILTER_MOVE_H
#define PORTAFILTER_MOVE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Copies `outer` rows of `row` bytes: row i goes from from + i * from_stride to to + i * to_stride + to_offset. What
 * lies between rows is left as it is.
 */
typedef struct pf_move {
  int size;
  int reserved;
  long long outer;
  long long row;
  long long from;
  long long from_stride;
  long long to; /* start of the first destination stride */
  long long to_stride;
  long long to_offset; /* where the row begins inside each destination stride */
  long long workspace;
} pf_move;

PF_API int pf_move_query(long long context, const pf_move* params, pf_requirements* out);
PF_API int pf_program_move(long long program, const pf_move* params);

/* One of the two is PF_PLAIN, the other PF_CHANNEL_BLOCKS; both float32 or both int32, of rank 4 and equal dims. */
typedef struct pf_reorder {
  int size;
  int reserved;
  pf_view from;
  pf_view to;
  long long workspace;
} pf_reorder;

PF_API int pf_reorder_query(long long context, const pf_reorder* params, pf_requirements* out);
PF_API int pf_program_reorder(long long program, const pf_reorder* params);

#ifdef __cplusplus
}
#endif
#endif
