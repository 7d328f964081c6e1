// Convolutions in all passes, plain and in blocks, with weights prepared and not.
#include "portafilter/conv.h"

#include <utility>

#include "kernel_test.h"

namespace {

// Height and width of a convolution's result.
std::pair<long long, long long> out_sizes(const pf_window& w, int height, int width) {
  return {out_size(height, w.pad_top, w.pad_bottom, w.kernel_h, w.stride_h, w.dilation_h),
          out_size(width, w.pad_left, w.pad_right, w.kernel_w, w.stride_w, w.dilation_w)};
}

void conv(const Case& c, int dtype, Contexts contexts) {
  pf_conv p = zeroed<pf_conv>();
  window(c, &p.window);
  p.groups = number(c, "groups", 1);
  int n = number(c, "n", 1), ch = number(c, "c", 1), h = number(c, "h", 1), w = number(c, "w", 1),
      o = number(c, "o", 1);
  const auto [oh, ow] = out_sizes(p.window, h, w);
  Tensor x = tensor(dtype, {n, ch, h, w}, 1), y = tensor(dtype, {n, o, oh, ow}, 2);
  Tensor weights = tensor(dtype, {o, ch / p.groups, p.window.kernel_h, p.window.kernel_w}, 3),
         bias = tensor(dtype, {o}, 4), sum = tensor(dtype, {n, o, oh, ow}, 6);
  p.x = x.view;
  p.w = weights.view;
  p.y = p.dy = y.view;
  p.dx = x.view;
  p.dw = weights.view;
  const std::string what = "conv " + c.at("line");
  p.epilogue.bias = bias.block.address();
  p.epilogue.activation = PF_RELU;
  p.epilogue.add = sum.block.address();
  run(what + " forward", p, pf_conv_query, pf_program_conv, contexts, {&y});
  p.epilogue = {};
  p.pass = PF_BACKWARD_DATA;
  run(what + " data", p, pf_conv_query, pf_program_conv, contexts, {&x});
  p.pass = PF_BACKWARD_WEIGHTS;
  run(what + " weights", p, pf_conv_query, pf_program_conv, contexts, {&weights});

  const bool whole = ch / p.groups % 16 == 0 && o / p.groups % 16 == 0, depthwise = p.groups == ch && ch == o;
  if (dtype != PF_FLOAT32 || !(p.groups == 1 || whole || depthwise)) return;
  // Gradients go to tensors of their own: fed back as inputs, they grow until zero times infinity is not zero.
  Tensor xb = blocked({n, ch, h, w}, 1), yb = blocked({n, o, oh, ow}, 2), sum_b = blocked({n, o, oh, ow}, 6);
  Tensor dxb = blocked({n, ch, h, w}, 7);
  Tensor dw = tensor(dtype, {o, ch / p.groups, p.window.kernel_h, p.window.kernel_w}, 8);
  fill<float>(weights.block, 3);
  if (ch < 16) fill<float>(x.block, 1);
  p.y = p.dy = yb.view;
  p.dx = dxb.view;
  p.dw = dw.view;
  for (int variant = 0; variant < 4; variant++) {
    const bool plain = variant / 2 == 1;
    if (plain && (ch >= 16 || p.groups > 1)) continue;
    p.x = plain ? x.view : xb.view;
    p.math = variant % 2 == 0 ? PF_MATH_FAST : PF_MATH_STRICT;
    const std::string blocks =
        what + " in blocks" + (plain ? " from plain" : "") + (p.math == PF_MATH_FAST ? "" : ", strict");
    p.pass = PF_FORWARD;
    p.epilogue.bias = bias.block.address();
    p.epilogue.add = sum_b.block.address();
    p.epilogue.activation = PF_RELU;
    run(blocks + " forward", p, pf_conv_query, pf_program_conv, contexts, {&yb});
    prepared(blocks, p, pf_conv_query, pf_program_conv, contexts, &yb);
    p.epilogue = {};
    p.pass = PF_BACKWARD_DATA;
    if (!plain) {
      run(blocks + " data", p, pf_conv_query, pf_program_conv, contexts, {&dxb});
      prepared(blocks + " data", p, pf_conv_query, pf_program_conv, contexts, &dxb);
    }
    p.pass = PF_BACKWARD_WEIGHTS;
    run(blocks + " weights", p, pf_conv_query, pf_program_conv, contexts, {&dw});
  }
}

}  // namespace

void conv_test(int dtype, Contexts contexts) {
  for (const Case& c : family("conv")) conv(c, dtype, contexts);
}
