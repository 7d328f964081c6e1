/* What the machine can do at best: the yardsticks of the benchmarks. */
#ifndef PORTAFILTER_PROBE_H
#define PORTAFILTER_PROBE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_probe_kind {
  PF_PROBE_FMA = 0,   /* each chunk does count rounds of PF_PROBE_ROUND float multiply-adds in registers */
  PF_PROBE_STREAM = 1 /* to = 2 from, count floats in all */
};

#define PF_PROBE_ROUND 192

typedef struct pf_probe {
  int size;
  int kind;
  long long chunks;
  long long count;
  long long from;
  long long to; /* PF_PROBE_FMA: one float per chunk, so that the work cannot be left out */
  long long workspace;
} pf_probe;

PF_API int pf_probe_query(long long context, const pf_probe* params, pf_requirements* out);
PF_API int pf_program_probe(long long program, const pf_probe* params);

#ifdef __cplusplus
}
#endif
#endif
