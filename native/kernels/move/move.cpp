// Copies of equally spaced rows of bytes: concatenation, slicing, and plain copies.
#include "shared/kernel.h"
#include "portafilter/move.h"

namespace pf {
namespace PF_ISA {
namespace {

int check(const void* params, Cut* out) {
  const pf_move& p = *static_cast<const pf_move*>(params);
  const bool sane = p.outer >= 1 && p.row >= 0 && p.from != 0 && p.to != 0 && p.from_stride >= p.row &&
                    p.to_offset >= 0 && p.to_stride >= p.to_offset + p.row;
  if (!sane) return PF_INVALID;
  out->chunks[0] = p.outer;
  out->nanoseconds[0] = static_cast<double>(p.outer * p.row) * 0.1;
  return PF_OK;
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_move& p = *static_cast<const pf_move*>(params);
  for (long long i = first; i < last; i++) {
    char* to = at<char>(p.to) + i * p.to_stride;
    memcpy(to + p.to_offset, at<const char>(p.from) + i * p.from_stride, p.row);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_move*>(params)->workspace; }

}  // namespace

extern const Family move_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
