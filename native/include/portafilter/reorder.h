/* The same values in another order of memory. */
#ifndef PORTAFILTER_REORDER_H
#define PORTAFILTER_REORDER_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One of the two is PF_PLAIN, the other PF_CHANNEL_BLOCKS with block 16; both float32 or both int32, of
 * rank 4 and equal dims. */
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
