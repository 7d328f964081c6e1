// Pooling, norms and reorders of images, plain and in blocks.
#include "kernel_test.h"
#include "portafilter/norm.h"
#include "portafilter/pool.h"
#include "portafilter/move.h"

namespace {

void pool(const Case& c, int dtype, Contexts contexts, bool blocks) {
  pf_pool p = zeroed<pf_pool>();
  window(c, &p.window);
  int n = number(c, "n", 1), ch = number(c, "c", 1), h = number(c, "h", 1), w = number(c, "w", 1);
  long long oh =
      out_size(h, p.window.pad_top, p.window.pad_bottom, p.window.kernel_h, p.window.stride_h, p.window.dilation_h);
  long long ow =
      out_size(w, p.window.pad_left, p.window.pad_right, p.window.kernel_w, p.window.stride_w, p.window.dilation_w);
  Tensor x = tensor(dtype, {n, ch, h, w}, 1), y = tensor(dtype, {n, ch, oh, ow}, 2);
  Tensor switches = tensor(PF_INT32, {n, ch, oh, ow}, 3);
  p.x = p.dx = x.view;
  p.y = p.dy = y.view;
  p.switches = switches.view;
  if (blocks && dtype != PF_FLOAT32) return;
  if (blocks) {
    x = blocked({n, ch, h, w}, 1);
    y = blocked({n, ch, p.y.dims[2], p.y.dims[3]}, 2);
    switches = blocked({n, ch, p.y.dims[2], p.y.dims[3]}, 3, PF_INT32);
    p.x = p.dx = x.view;
    p.y = p.dy = y.view;
    p.switches = switches.view;
  }
  const std::string what = "pool " + c.at("line") + (blocks ? " in blocks" : "");
  run(what + " max", p, pf_pool_query, pf_program_pool, contexts, {&y, &switches});
  p.pass = PF_BACKWARD_DATA;
  run(what + " max backward", p, pf_pool_query, pf_program_pool, contexts, {&x});
  p.kind = PF_POOL_AVERAGE;
  p.count_padding = number(c, "count", 0);
  run(what + " average backward", p, pf_pool_query, pf_program_pool, contexts, {&x});
  p.pass = PF_FORWARD;
  run(what + " average", p, pf_pool_query, pf_program_pool, contexts, {&y});
}

void norm(const Case& c, int dtype, Contexts contexts, bool blocks) {
  pf_norm p = zeroed<pf_norm>();
  int n = number(c, "n", 1), ch = number(c, "c", 1), h = number(c, "h", 1), w = number(c, "w", 1);
  std::vector<long long> dims = h == 0 ? std::vector<long long>{n, ch} : std::vector<long long>{n, ch, h, w};
  Tensor x = tensor(dtype, dims, 1), y = tensor(dtype, dims, 2), dx = tensor(dtype, dims, 3);
  std::vector<Tensor> rows;
  for (unsigned i = 0; i < 10; i++) rows.push_back(tensor(dtype, {ch}, 10 + i));
  p.epsilon = 1e-5;
  p.momentum = 0.1;
  p.x = x.view;
  p.y = y.view;
  p.dx = dx.view;
  pf_view* views[] = {&p.gamma,    &p.beta,         &p.mean,   &p.inv_std, &p.running_mean, &p.running_variance,
                      &p.new_mean, &p.new_variance, &p.dgamma, &p.dbeta};
  for (int i = 0; i < 10; i++) *views[i] = rows[i].view;
  for (size_t i = 0; i < rows[5].block.size / static_cast<size_t>(bytes_of(dtype)); i++) {
    if (dtype == PF_FLOAT32) reinterpret_cast<float*>(rows[5].block.bytes.get())[i] = 0.5f;
    if (dtype == PF_FLOAT64) reinterpret_cast<double*>(rows[5].block.bytes.get())[i] = 0.5;
  }
  if (blocks && (h == 0 || dtype != PF_FLOAT32)) return;
  Tensor residual = blocks ? blocked(dims, 30) : tensor(dtype, dims, 30);
  p.residual = residual.view;
  p.activation = PF_RELU;
  if (blocks) {
    x = blocked(dims, 1);
    y = blocked(dims, 2);
    dx = blocked(dims, 3);
    p.x = x.view;
    p.y = y.view;
    p.dx = dx.view;
  }
  const std::string what = "norm " + c.at("line") + (blocks ? " in blocks" : "");
  run(what + " forward", p, pf_norm_query, pf_program_norm, contexts, {&y, &rows[2], &rows[3], &rows[6], &rows[7]});
  p.pass = PF_INFERENCE;
  run(what + " inference", p, pf_norm_query, pf_program_norm, contexts, {&y});
  p.residual.data = 0;
  p.pass = PF_BACKWARD_DATA;
  p.dy = y.view;
  p.y = residual.view;
  run(what + " backward", p, pf_norm_query, pf_program_norm, contexts, {&dx, &rows[8], &rows[9]});
  p.y.data = 0;
  run(what + " backward from x", p, pf_norm_query, pf_program_norm, contexts, {&dx, &rows[8], &rows[9]});
}

void reorder(const Case& c, Contexts contexts) {
  const int n = number(c, "n", 1), ch = number(c, "c", 1), h = number(c, "h", 1), w = number(c, "w", 1);
  if (h == 0) return;
  Tensor plain = tensor(PF_FLOAT32, {n, ch, h, w}, 1), blocks = blocked({n, ch, h, w}, 2);
  pf_reorder p = zeroed<pf_reorder>();
  p.from = plain.view;
  p.to = blocks.view;
  run("reorder " + c.at("line"), p, pf_reorder_query, pf_program_reorder, contexts, {&blocks});
  p.from = blocks.view;
  p.to = plain.view;
  run("reorder back " + c.at("line"), p, pf_reorder_query, pf_program_reorder, contexts, {&plain});
}

}  // namespace

void image_test(int dtype, Contexts contexts) {
  for (bool blocks : {false, true}) {
    for (const Case& c : family("pool")) pool(c, dtype, contexts, blocks);
    for (const Case& c : family("norm")) norm(c, dtype, contexts, blocks);
  }
  if (dtype != PF_FLOAT32) return;
  for (const Case& c : family("norm")) reorder(c, contexts);
}
