// Convolution: the order in which its algorithms are asked. Every one refuses what it does not take or, unless asked
// for by name, where another is faster; the first that takes a descriptor is what runs.
#include "algorithms.h"
#include "conv_shape.h"

namespace pf {
namespace PF_ISA {
namespace {

const Family* const kAlgorithms[] = {
    // Over channel blocks.
    &depthwise_blocks_family, &winograd_family, &winograd_weights_family, &blocked_family, &blocked_weights_family,
    // Over plain values.
    &depthwise_family, &direct_family, &columns_family};

int check(const void* params, Cut* out) {
  ConvShape s;
  const int status = conv_shape(*static_cast<const pf_conv*>(params), &s);
  return status == PF_OK ? run_by_first(kAlgorithms, params, out) : status;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family conv_family = {check, nullptr, workspace};

}  // namespace PF_ISA
}  // namespace pf
