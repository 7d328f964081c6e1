/* Arenas: page-aligned mappings with huge pages advised, touched once, and plain copies into and out of them. */
#ifndef PORTAFILTER_MEMORY_H
#define PORTAFILTER_MEMORY_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Maps `bytes` zeroed bytes, 2 MiB aligned, rounded up to 2 MiB (under 1 MiB: 4 KiB aligned and rounded to 4 KiB),
 * and touches every page. Writes the address to *address. PF_OUT_OF_MEMORY when the system refuses.
 */
PF_API int pf_memory_map(long long bytes, long long* address);

/* Unmaps what pf_memory_map returned for the same `bytes`. */
PF_API void pf_memory_unmap(long long address, long long bytes);

/* Gives the pages back but keeps the addresses: reads give zeros, writes go nowhere that matters. */
PF_API void pf_memory_release(long long address, long long bytes);

/* Bytes pf_memory_map really takes for a request of `bytes`. */
PF_API long long pf_memory_rounded(long long bytes);

PF_API void pf_memory_copy(long long to, long long from, long long bytes);

PF_API void pf_memory_fill(long long to, int value, long long bytes);

#ifdef __cplusplus
}
#endif
#endif
