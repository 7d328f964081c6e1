// The table of one instruction set: every family's entry.
#include "shared/kernel.h"

#define PF_PASTE2(a, b) a##b
#define PF_PASTE(a, b) PF_PASTE2(a, b)

namespace pf {

const Table* PF_PASTE(table_, PF_ISA)() {
  using namespace PF_ISA;
  static const Table table = {
#define PF_FAMILY(name, header) &name##_family,
#include "../families.def"
  };
  return &table;
}

}  // namespace pf
