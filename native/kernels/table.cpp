// The table of one instruction set: every family's entry.
#include "kernel.h"

#define PF_PASTE2(a, b) a##b
#define PF_PASTE(a, b) PF_PASTE2(a, b)

namespace pf {

const Table* PF_PASTE(table_, PF_ISA)() {
  using namespace PF_ISA;
  static const Table table = {&conv_family,  &pool_family,    &norm_family,    &gemm_family,   &pointwise_family,
                              &move_family,  &reduce_family,  &softmax_family, &update_family, &dropout_family,
                              &probe_family, &reorder_family, &fold_family};
  return &table;
}

}  // namespace pf
