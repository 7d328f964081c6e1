// Arenas: page-aligned mappings with huge pages advised, touched once, and plain copies into and out of them.
#include "portafilter/memory.h"

#include <sys/mman.h>

#include <cstring>

#include "portafilter/abi.h"

namespace {

constexpr long long kHuge = 2LL << 20;
constexpr long long kPage = 4096;

long long alignment_for(long long bytes) { return bytes >= (1LL << 20) ? kHuge : kPage; }

}  // namespace

long long pf_memory_rounded(long long bytes) {
  long long unit = alignment_for(bytes);
  return bytes <= 0 ? unit : (bytes + unit - 1) / unit * unit;
}

int pf_memory_map(long long bytes, long long* address) {
  if (bytes < 0 || bytes > (1LL << 46) || address == nullptr) return PF_INVALID;
  long long unit = alignment_for(bytes);
  long long size = pf_memory_rounded(bytes);
  // One extra unit lets the start be aligned; what lies outside is given back at once.
  void* mapped = mmap(nullptr, size + unit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return PF_OUT_OF_MEMORY;
  long long start = reinterpret_cast<long long>(mapped);
  long long aligned = (start + unit - 1) / unit * unit;
  if (aligned > start) munmap(mapped, aligned - start);
  if (start + unit > aligned) munmap(reinterpret_cast<void*>(aligned + size), start + unit - aligned);
  if (unit == kHuge) madvise(reinterpret_cast<void*>(aligned), size, MADV_HUGEPAGE);
  for (long long at = 0; at < size; at += kPage) *reinterpret_cast<volatile char*>(aligned + at) = 0;
  *address = aligned;
  return PF_OK;
}

void pf_memory_unmap(long long address, long long bytes) {
  if (address != 0) munmap(reinterpret_cast<void*>(address), pf_memory_rounded(bytes));
}

void pf_memory_release(long long address, long long bytes) {
  if (address != 0) madvise(reinterpret_cast<void*>(address), pf_memory_rounded(bytes), MADV_DONTNEED);
}

void pf_memory_copy(long long to, long long from, long long bytes) {
  memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
}

void pf_memory_fill(long long to, int value, long long bytes) { memset(reinterpret_cast<void*>(to), value, bytes); }
