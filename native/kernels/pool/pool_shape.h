// What has the shape of x and y in each pass of a pool.
#pragma once
#include "portafilter/pool.h"

#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {

static inline const pf_view& image_of(const pf_pool& p) { return p.pass == PF_FORWARD ? p.x : p.dx; }
static inline const pf_view& result_of(const pf_pool& p) { return p.pass == PF_FORWARD ? p.y : p.dy; }

}  // namespace PF_ISA
}  // namespace pf
