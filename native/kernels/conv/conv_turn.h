// The data gradient of a convolution of stride 1 as a forward convolution.
#pragma once
#include "conv_shape.h"

namespace pf {
namespace PF_ISA {

// dY padded by dilation (kernel - 1) - pad, channels swapped,
// weights turned. Padding must not become negative, and the wider output must not cost much more than the scatter.
static inline bool turn(const pf_conv& p, pf_conv* q) {
  const int reach_h = p.window.dilation_h * (p.window.kernel_h - 1),
            reach_w = p.window.dilation_w * (p.window.kernel_w - 1);
  *q = p;
  q->pass = PF_FORWARD;
  q->x = p.dy;
  q->y = p.dx;
  q->window.pad_top = reach_h - p.window.pad_top;
  q->window.pad_left = reach_w - p.window.pad_left;
  q->window.pad_bottom = reach_h - p.window.pad_bottom;
  q->window.pad_right = reach_w - p.window.pad_right;
  q->w.dims[0] = p.dx.dims[1];
  q->w.dims[1] = p.w.dims[0] / p.groups;
  q->w.data = p.workspace;
  const bool fits = p.window.stride_h == 1 && p.window.stride_w == 1 && q->window.pad_top >= 0 &&
                    q->window.pad_left >= 0 && q->window.pad_bottom >= 0 && q->window.pad_right >= 0;
  const long long area = p.dx.dims[2] * p.dx.dims[3], small = p.dy.dims[2] * p.dy.dims[3];
  return fits && 10 * area <= 13 * small;
}

}  // namespace PF_ISA
}  // namespace pf
