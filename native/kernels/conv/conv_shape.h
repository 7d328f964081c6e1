// The sizes of a convolution, read from its descriptor and checked against each other.
#pragma once
#include "shared/blocks.h"
#include "shared/kernel.h"
#include "portafilter/conv.h"
#include "shared/window.h"

namespace pf {
namespace PF_ISA {

struct ConvShape {
  long long n = 0, c = 0, h = 0, w = 0, o = 0, oh = 0, ow = 0;
  long long groups = 0, cg = 0, og = 0;  // channels per group, in and out
  long long taps = 0;                    // kernel_h * kernel_w
  bool unit = false;                     // 1x1, stride 1, no padding

  long long k() const { return cg * taps; }
  bool is_pointwise() const { return unit; }
  bool is_depthwise() const { return cg == 1 && groups > 1; }
};

// What has the shape of x, w and y in each pass.
static inline const pf_view& image_of(const pf_conv& p) { return p.pass == PF_BACKWARD_DATA ? p.dx : p.x; }
static inline const pf_view& weights_of(const pf_conv& p) { return p.pass == PF_BACKWARD_WEIGHTS ? p.dw : p.w; }
static inline const pf_view& result_of(const pf_conv& p) { return p.pass == PF_FORWARD ? p.y : p.dy; }

static inline int conv_shape(const pf_conv& p, ConvShape* s) {
  const pf_view &x = image_of(p), &w = weights_of(p), &y = result_of(p);
  const bool sane = window_is_sane(p.window) && p.groups > 0;
  if (!sane || !is_float(x.dtype) || x.rank != 4 || w.rank != 4 || y.rank != 4) return PF_INVALID;
  if (p.pass < PF_FORWARD || p.pass > PF_BACKWARD_WEIGHTS) return PF_INVALID;
  int status = check_plain(w, x.dtype);
  if (status == PF_OK) status = check_plain_or_blocked(x, x.dtype);
  if (status == PF_OK) status = check_plain_or_blocked(y, x.dtype);
  if (status != PF_OK) return status;
  if (p.prepare != 0 && p.prepared == 0) return PF_INVALID;
  if (p.prepared != 0 && p.pass == PF_BACKWARD_WEIGHTS) return PF_UNSUPPORTED;
  if (p.prepared != 0 && !is_blocked(p.pass == PF_FORWARD ? y : x)) return PF_UNSUPPORTED;
  if (p.pass == PF_FORWARD ? !is_identity_or_relu(p.epilogue.activation) : !is_none(p.epilogue)) return PF_UNSUPPORTED;
  s->n = x.dims[0];
  s->c = x.dims[1];
  s->h = x.dims[2];
  s->w = x.dims[3];
  s->o = w.dims[0];
  s->oh = window_rows(p.window, s->h);
  s->ow = window_columns(p.window, s->w);
  s->groups = p.groups;
  if (s->c % p.groups != 0 || s->o % p.groups != 0) return PF_INVALID;
  s->cg = s->c / p.groups;
  s->og = s->o / p.groups;
  s->taps = static_cast<long long>(p.window.kernel_h) * p.window.kernel_w;
  s->unit = s->taps == 1 && p.window.stride_h == 1 && p.window.stride_w == 1 && s->oh == s->h && s->ow == s->w &&
            p.window.pad_top == 0 && p.window.pad_left == 0;
  const bool fits = w.dims[1] == s->cg && w.dims[2] == p.window.kernel_h && w.dims[3] == p.window.kernel_w &&
                    y.dims[0] == s->n && y.dims[1] == s->o && y.dims[2] == s->oh && y.dims[3] == s->ow;
  return fits && s->n > 0 && s->c > 0 && s->o > 0 && s->oh > 0 && s->ow > 0 ? PF_OK : PF_INVALID;
}

}  // namespace PF_ISA
}  // namespace pf
