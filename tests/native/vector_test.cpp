// Products, softmax, updates, dropout, elementwise formulas, sums and moves.
#include "kernel_test.h"
#include "portafilter/dropout.h"
#include "portafilter/move.h"
#include "portafilter/pointwise.h"
#include "portafilter/product.h"
#include "portafilter/reduce.h"
#include "portafilter/softmax.h"
#include "portafilter/update.h"

namespace {

void product(const Case& c, int dtype, Contexts contexts) {
  int m = number(c, "m", 1), n = number(c, "n", 1), k = number(c, "k", 1);
  for (int flags = 0; flags < 4; flags++) {
    pf_product p = zeroed<pf_product>();
    p.transpose_a = flags & 1;
    p.transpose_b = flags >> 1;
    Tensor a = p.transpose_a ? tensor(dtype, {k, m}, 1) : tensor(dtype, {m, k}, 1);
    Tensor b = p.transpose_b ? tensor(dtype, {n, k}, 2) : tensor(dtype, {k, n}, 2);
    Tensor out = tensor(dtype, {m, n}, 3), bias = tensor(dtype, {n}, 4);
    p.a = a.view;
    p.b = b.view;
    p.c = out.view;
    p.epilogue.bias = bias.block.address();
    run("product " + c.at("line"), p, pf_product_query, pf_program_product, contexts, {&out});
    prepared("product " + c.at("line"), p, pf_product_query, pf_program_product, contexts, &out);
  }
}

void softmax(const Case& c, int dtype, Contexts contexts) {
  pf_softmax p = zeroed<pf_softmax>();
  int n = number(c, "n", 1), classes = number(c, "c", 1);
  Tensor x = tensor(dtype, {n, classes}, 1), out = tensor(dtype, {n, classes}, 2), loss = tensor(dtype, {}, 3);
  Tensor labels = tensor(PF_INT32, {n}, 4);
  p.x = p.dy = x.view;
  p.labels = labels.view;
  p.loss = p.dloss = loss.view;
  p.top = 2;
  for (int kind = PF_SOFTMAX; kind <= PF_ONE_HOT; kind++) {
    p.kind = kind;
    const bool grad = kind == PF_SOFTMAX_GRAD || kind == PF_SOFTMAX_CROSS_ENTROPY_GRAD || kind == PF_LOG_SOFTMAX_GRAD;
    p.y = grad ? x.view : out.view;
    p.dx = out.view;
    bool writes_loss = kind == PF_SOFTMAX_CROSS_ENTROPY || kind == PF_TOP_COUNT;
    std::vector<Tensor*> outputs;
    if (kind != PF_TOP_COUNT) outputs.push_back(&out);
    if (writes_loss) outputs.push_back(&loss);
    run("softmax " + c.at("line"), p, pf_softmax_query, pf_program_softmax, contexts, outputs);
  }
}

void update(const Case& c, int dtype, Contexts contexts) {
  long long n = number(c, "n", 1);
  std::vector<Tensor> t;
  for (unsigned i = 0; i < 9; i++) t.push_back(tensor(dtype, {n}, 20 + i));
  double rate = 0.1;
  long long step = 3, seed = 42;
  pf_update p = zeroed<pf_update>();
  p.momentum = 0.9;
  p.beta2 = 0.999;
  p.rate_scale = 1;
  p.momentum_decay = 0.004;
  p.epsilon = 1e-8;
  p.learning_rate = reinterpret_cast<long long>(&rate);
  p.step = reinterpret_cast<long long>(&step);
  pf_view* views[] = {&p.parameter,     &p.gradient,  &p.first,      &p.second,   &p.third,
                      &p.new_parameter, &p.new_first, &p.new_second, &p.new_third};
  for (int i = 0; i < 9; i++) *views[i] = t[i].view;
  const int moments[PF_UPDATE_RULES] = {0, 1, 1, 2, 3, 2, 1, 1, 2, 2, 1, 2, 2};
  for (p.kind = PF_UPDATE_SGD; p.kind < PF_UPDATE_RULES; p.kind++) {
    std::vector<Tensor*> outputs;
    for (int i = 0; i <= moments[p.kind]; i++) outputs.push_back(&t[5 + i]);
    run("update " + c.at("line"), p, pf_update_query, pf_program_update, contexts, outputs);
  }
  Tensor norms[] = {tensor(dtype, {1}, 30), tensor(dtype, {1}, 31)};
  p.kind = PF_UPDATE_TRUST;
  p.first = norms[0].view;
  p.second = norms[1].view;
  run("trust " + c.at("line"), p, pf_update_query, pf_program_update, contexts, {&t[5]});
  pf_dropout d = zeroed<pf_dropout>();
  d.rate = 0.5;
  d.seed = reinterpret_cast<long long>(&seed);
  d.step = reinterpret_cast<long long>(&step);
  d.x = t[0].view;
  d.y = t[1].view;
  run("dropout " + c.at("line"), d, pf_dropout_query, pf_program_dropout, contexts, {&t[1]});
}

void pointwise(const Case& c, int dtype, Contexts contexts) {
  const long long n = number(c, "n", 1);
  Tensor a = tensor(dtype, {n}, 1), b = tensor(dtype, {n}, 2), one = tensor(dtype, {1}, 3), out = tensor(dtype, {n}, 4);
  pf_pointwise p = zeroed<pf_pointwise>();
  p.alpha = -0.5;
  p.beta = 0.5;
  p.a = a.view;
  p.out = out.view;
  for (int kind = PF_POINTWISE_ADD; kind <= PF_POINTWISE_WEIGH; kind++) {
    p.kind = kind;
    p.b = kind == PF_POINTWISE_CLIP_NORM || kind == PF_POINTWISE_UNSCALE ? one.view : b.view;
    for (int activation = PF_IDENTITY; activation <= PF_TANH; activation++) {
      p.activation = activation;
      run("pointwise " + c.at("line"), p, pf_pointwise_query, pf_program_pointwise, contexts, {&out});
    }
    const bool function = kind == PF_POINTWISE_FUNCTION || kind == PF_POINTWISE_FUNCTION_GRAD;
    for (p.function = PF_ABS; function && p.function < PF_FUNCTIONS; p.function++) {
      run("function " + c.at("line"), p, pf_pointwise_query, pf_program_pointwise, contexts, {&out});
    }
    p.function = PF_ABS;
  }
}

// A tensor seen as 3 x n x 2 x 5, its rows moved into longer ones.
void sums_and_moves(const Case& c, int dtype, Contexts contexts) {
  const long long n = number(c, "n", 1);
  Tensor whole = tensor(dtype, {3, n, 2, 5}, 1), kept = tensor(dtype, {3, 2}, 2), norm = tensor(dtype, {1}, 3);
  pf_reduce p = zeroed<pf_reduce>();
  p.scale = 0.5;
  p.keep0 = 3;
  p.reduce0 = n;
  p.keep1 = 2;
  p.reduce1 = 5;
  p.x = whole.view;
  p.y = kept.view;
  run("sum " + c.at("line"), p, pf_reduce_query, pf_program_reduce, contexts, {&kept});
  pf_reduce whole_norm = p;
  whole_norm.kind = PF_REDUCE_NORM;
  whole_norm.keep0 = whole_norm.keep1 = whole_norm.reduce1 = 1;
  whole_norm.reduce0 = 30 * n;
  whole_norm.y = norm.view;
  run("norm of " + c.at("line"), whole_norm, pf_reduce_query, pf_program_reduce, contexts, {&norm});
  p.kind = PF_REDUCE_EXPAND;
  p.x = kept.view;
  p.y = whole.view;
  run("expand " + c.at("line"), p, pf_reduce_query, pf_program_reduce, contexts, {&whole});
  Tensor rows = tensor(dtype, {6, 5 * n}, 4), longer = tensor(dtype, {6, 5 * n + 3}, 5);
  pf_move m = zeroed<pf_move>();
  m.outer = 6;
  m.row = m.from_stride = 5 * n * bytes_of(dtype);
  m.from = rows.block.address();
  m.to = longer.block.address();
  m.to_stride = m.row + 3 * bytes_of(dtype);
  m.to_offset = 2 * bytes_of(dtype);
  run("move " + c.at("line"), m, pf_move_query, pf_program_move, contexts, {&longer});
}

}  // namespace

void vector_test(int dtype, Contexts contexts) {
  for (const Case& c : family("product")) product(c, dtype, contexts);
  for (const Case& c : family("softmax")) softmax(c, dtype, contexts);
  for (const Case& c : family("pointwise")) {
    update(c, dtype, contexts);
    pointwise(c, dtype, contexts);
    sums_and_moves(c, dtype, contexts);
  }
}
