// The algorithms of convolution, each in the file of its name.
#pragma once
#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {

extern const Family depthwise_blocks_family;
extern const Family winograd_family;
extern const Family winograd_weights_family;
extern const Family blocked_family;
extern const Family blocked_weights_family;
extern const Family depthwise_family;
extern const Family direct_family;
extern const Family columns_family;

}  // namespace PF_ISA
}  // namespace pf
