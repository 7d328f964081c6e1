// Runs the convolution, pooling, norm, product, softmax, update and dropout kernels of one instruction set over the
// shape lists on heap buffers of exactly the promised size, so that the address sanitizer sees every byte out of
// bounds, and checks that one and three threads give the same bytes. Values are checked against oracles in the Java
// tests.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "portafilter/context.h"
#include "portafilter/conv.h"
#include "portafilter/gemm.h"
#include "portafilter/norm.h"
#include "portafilter/pool.h"
#include "portafilter/program.h"
#include "portafilter/random.h"
#include "portafilter/softmax.h"
#include "portafilter/update.h"

int threads_test();

namespace {

int failures = 0;
int checks = 0;

void fail(const std::string& what) {
  std::printf("FAILED: %s\n", what.c_str());
  failures++;
}

using Case = std::map<std::string, std::string>;

std::vector<Case> family(const std::string& name) {
  std::vector<Case> cases;
  std::ifstream in(std::string(SHAPES) + "/" + name + ".txt");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    Case c;
    std::istringstream words(line);
    for (std::string word; words >> word;) c[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    c["line"] = line;
    cases.push_back(c);
  }
  if (cases.empty()) fail("no cases for " + name);
  return cases;
}

std::vector<int> numbers(const Case& c, const std::string& key, std::vector<int> otherwise) {
  auto found = c.find(key);
  if (found == c.end()) return otherwise;
  std::string text = found->second;
  for (char& ch : text) {
    if (ch == 'x' || ch == ',') ch = ' ';
  }
  std::vector<int> result;
  std::istringstream in(text);
  for (int n; in >> n;) result.push_back(n);
  return result;
}

int number(const Case& c, const std::string& key, int otherwise) { return numbers(c, key, {otherwise})[0]; }

// A heap block of exactly the size a view promises.
struct Block {
  std::unique_ptr<char[]> bytes;
  long long size = 0;

  long long address() const { return reinterpret_cast<long long>(bytes.get()); }
};

Block block(long long bytes) { return {std::unique_ptr<char[]>(new char[bytes > 0 ? bytes : 1]), bytes}; }

template <class T>
void fill(Block& b, unsigned seed) {
  T* values = reinterpret_cast<T*>(b.bytes.get());
  for (size_t i = 0; i < b.size / sizeof(T); i++) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1.0);
  }
}

int bytes_of(int dtype) { return dtype == PF_FLOAT64 || dtype == PF_INT64 ? 8 : 4; }

struct Tensor {
  pf_view view;
  Block block;
};

long long stored_channels(long long channels) { return (channels + 15) / 16 * 16; }

// Sets what lies behind the last channel of blocks, or says whether it is all zero.
bool tail_is(const Tensor& t, bool set) {
  const long long channels = t.view.dims[1], blocks = stored_channels(channels) / 16,
                  area = t.view.dims[2] * t.view.dims[3];
  bool zero = true;
  for (long long i = 0; i < t.view.dims[0] * blocks * area * 16; i++) {
    const long long channel = i / 16 / area % blocks * 16 + i % 16;
    float* value = reinterpret_cast<float*>(t.block.bytes.get()) + i;
    if (channel < channels) continue;
    if (set) *value = 0;
    zero = zero && *value == 0;
  }
  return zero;
}

Tensor tensor(int dtype, std::vector<long long> dims, unsigned seed);

// An image in channel blocks.
Tensor blocked(std::vector<long long> dims, unsigned seed, int dtype = PF_FLOAT32) {
  std::vector<long long> padded = dims;
  padded[1] = stored_channels(dims[1]);
  Tensor t = tensor(dtype, padded, seed);
  t.view.dims[1] = dims[1];
  t.view.order = PF_CHANNEL_BLOCKS;
  t.view.block = 16;
  if (dtype == PF_FLOAT32) tail_is(t, true);
  return t;
}

Tensor tensor(int dtype, std::vector<long long> dims, unsigned seed) {
  Tensor t;
  std::memset(&t.view, 0, sizeof t.view);
  long long count = 1;
  t.view.dtype = dtype;
  t.view.rank = static_cast<int>(dims.size());
  for (size_t i = 0; i < dims.size(); i++) count *= t.view.dims[i] = dims[i];
  t.block = block(count * bytes_of(dtype));
  if (dtype == PF_FLOAT32) fill<float>(t.block, seed);
  if (dtype == PF_FLOAT64) fill<double>(t.block, seed);
  if (dtype == PF_INT32 || dtype == PF_INT64) std::memset(t.block.bytes.get(), 0, t.block.size);
  t.view.data = t.block.address();
  return t;
}

// Runs one command on contexts of one and of three threads and compares the outputs' bytes.
template <class P, class Query, class Append>
void run(const std::string& what, P params, Query query, Append append, const long long* contexts,
         std::vector<Tensor*> outputs) {
  std::vector<std::string> first;
  for (int pass = 0; pass < 2; pass++) {
    pf_requirements needs;
    int status = query(contexts[pass], &params, &needs);
    if (status != PF_OK) return fail(what + ": query answered " + std::to_string(status));
    Block workspace = block(needs.workspace);
    params.workspace = needs.workspace > 0 ? workspace.address() : 0;
    for (Tensor* out : outputs) std::memset(out->block.bytes.get(), 0xFF, out->block.size);
    long long program = 0;
    pf_program_open(contexts[pass], &program);
    status = append(program, &params);
    if (status == PF_OK) status = static_cast<int>(pf_program_run(program));
    pf_program_close(program);
    if (status != PF_OK) return fail(what + ": run answered " + std::to_string(status));
    for (size_t i = 0; i < outputs.size(); i++) {
      std::string bytes(outputs[i]->block.bytes.get(), outputs[i]->block.size);
      if (pass == 0) first.push_back(bytes);
      if (pass == 1 && bytes != first[i]) fail(what + ": other bytes with other threads");
      const bool floats = outputs[i]->view.order == PF_CHANNEL_BLOCKS && outputs[i]->view.dtype == PF_FLOAT32;
      if (floats && !tail_is(*outputs[i], false)) fail(what + ": something behind the last channel");
    }
  }
  checks++;
}

void window(const Case& c, pf_window* p) {
  std::vector<int> k = numbers(c, "k", {1}), stride = numbers(c, "stride", {1}), dilation = numbers(c, "dilation", {1});
  std::vector<int> pad = numbers(c, "pad", {0});
  if (pad.size() == 1) pad = {pad[0], pad[0], pad[0], pad[0]};
  if (pad.size() == 2) pad = {pad[0], pad[1], pad[0], pad[1]};
  p->kernel_h = k[0];
  p->kernel_w = k.back();
  p->stride_h = stride[0];
  p->stride_w = stride.back();
  p->dilation_h = dilation[0];
  p->dilation_w = dilation.back();
  p->pad_top = pad[0];
  p->pad_left = pad[1];
  p->pad_bottom = pad[2];
  p->pad_right = pad[3];
}

long long out_size(int size, int before, int after, int kernel, int stride, int dilation) {
  return (size + before + after - dilation * (kernel - 1) - 1) / stride + 1;
}

template <class P>
P zeroed() {
  P p;
  std::memset(&p, 0, sizeof p);
  p.size = sizeof p;
  return p;
}

// Weights prepared once give the bytes of weights read anew.
template <class P, class Query, class Append>
void prepared(const std::string& what, P p, Query query, Append append, const long long* contexts, Tensor* y) {
  pf_requirements needs;
  query(contexts[0], &p, &needs);
  if (needs.prepared == 0) return;
  const std::string expected(y->block.bytes.get(), y->block.size);
  Tensor format = tensor(PF_FLOAT32, {needs.prepared / 4}, 5);
  p.prepared = format.block.address();
  p.prepare = 1;
  run(what + " prepare", p, query, append, contexts, {&format});
  p.prepare = 0;
  run(what + " prepared", p, query, append, contexts, {y});
  if (std::string(y->block.bytes.get(), y->block.size) != expected) fail(what + ": other bytes when prepared");
}

void conv(const Case& c, int dtype, const long long* contexts) {
  pf_conv p = zeroed<pf_conv>();
  window(c, &p.window);
  p.groups = number(c, "groups", 1);
  int n = number(c, "n", 1), ch = number(c, "c", 1), h = number(c, "h", 1), w = number(c, "w", 1),
      o = number(c, "o", 1);
  long long oh =
      out_size(h, p.window.pad_top, p.window.pad_bottom, p.window.kernel_h, p.window.stride_h, p.window.dilation_h);
  long long ow =
      out_size(w, p.window.pad_left, p.window.pad_right, p.window.kernel_w, p.window.stride_w, p.window.dilation_w);
  Tensor x = tensor(dtype, {n, ch, h, w}, 1), y = tensor(dtype, {n, o, oh, ow}, 2);
  Tensor weights = tensor(dtype, {o, ch / p.groups, p.window.kernel_h, p.window.kernel_w}, 3),
         bias = tensor(dtype, {o}, 4), sum = tensor(dtype, {n, o, oh, ow}, 6);
  p.x = x.view;
  p.w = weights.view;
  p.y = y.view;
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
  p.y = yb.view;
  for (int variant = 0; variant < 4; variant++) {
    const bool plain = variant / 2 == 1;
    if (plain && (ch >= 16 || p.groups > 1)) continue;
    p.x = plain ? x.view : xb.view;
    p.w = weights.view;
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
      p.x = dxb.view;
      run(blocks + " data", p, pf_conv_query, pf_program_conv, contexts, {&dxb});
      p.x = xb.view;
    }
    p.pass = PF_BACKWARD_WEIGHTS;
    p.w = dw.view;
    run(blocks + " weights", p, pf_conv_query, pf_program_conv, contexts, {&dw});
  }
}

void pool(const Case& c, int dtype, const long long* contexts, bool blocks) {
  pf_pool p = zeroed<pf_pool>();
  window(c, &p.window);
  int n = number(c, "n", 1), ch = number(c, "c", 1), h = number(c, "h", 1), w = number(c, "w", 1);
  long long oh =
      out_size(h, p.window.pad_top, p.window.pad_bottom, p.window.kernel_h, p.window.stride_h, p.window.dilation_h);
  long long ow =
      out_size(w, p.window.pad_left, p.window.pad_right, p.window.kernel_w, p.window.stride_w, p.window.dilation_w);
  Tensor x = tensor(dtype, {n, ch, h, w}, 1), y = tensor(dtype, {n, ch, oh, ow}, 2);
  Tensor switches = tensor(PF_INT32, {n, ch, oh, ow}, 3);
  p.x = x.view;
  p.y = y.view;
  p.switches = switches.view;
  if (blocks && dtype != PF_FLOAT32) return;
  if (blocks) {
    x = blocked({n, ch, h, w}, 1);
    y = blocked({n, ch, p.y.dims[2], p.y.dims[3]}, 2);
    switches = blocked({n, ch, p.y.dims[2], p.y.dims[3]}, 3, PF_INT32);
    p.x = x.view;
    p.y = y.view;
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

void norm(const Case& c, int dtype, const long long* contexts, bool blocks) {
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
  p.output = residual.view;
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
  run(what + " backward", p, pf_norm_query, pf_program_norm, contexts, {&dx, &rows[8], &rows[9]});
  p.output.data = 0;
  run(what + " backward from x", p, pf_norm_query, pf_program_norm, contexts, {&dx, &rows[8], &rows[9]});
}

void gemm(const Case& c, int dtype, const long long* contexts) {
  int m = number(c, "m", 1), n = number(c, "n", 1), k = number(c, "k", 1);
  for (int flags = 0; flags < 4; flags++) {
    pf_gemm p = zeroed<pf_gemm>();
    p.transpose_a = flags & 1;
    p.transpose_b = flags >> 1;
    Tensor a = p.transpose_a ? tensor(dtype, {k, m}, 1) : tensor(dtype, {m, k}, 1);
    Tensor b = p.transpose_b ? tensor(dtype, {n, k}, 2) : tensor(dtype, {k, n}, 2);
    Tensor out = tensor(dtype, {m, n}, 3), bias = tensor(dtype, {n}, 4);
    p.a = a.view;
    p.b = b.view;
    p.c = out.view;
    p.epilogue.bias = bias.block.address();
    run("gemm " + c.at("line"), p, pf_gemm_query, pf_program_gemm, contexts, {&out});
    prepared("gemm " + c.at("line"), p, pf_gemm_query, pf_program_gemm, contexts, &out);
  }
}

void softmax(const Case& c, int dtype, const long long* contexts) {
  pf_softmax p = zeroed<pf_softmax>();
  int n = number(c, "n", 1), classes = number(c, "c", 1);
  Tensor x = tensor(dtype, {n, classes}, 1), out = tensor(dtype, {n, classes}, 2), loss = tensor(dtype, {}, 3);
  Tensor labels = tensor(PF_INT32, {n}, 4);
  p.x = x.view;
  p.dy = x.view;
  p.labels = labels.view;
  p.loss = loss.view;
  p.out = out.view;
  p.top = 2;
  for (int kind = PF_SOFTMAX; kind <= PF_TOP_COUNT; kind++) {
    p.kind = kind;
    bool writes_loss = kind == PF_SOFTMAX_CROSS_ENTROPY || kind == PF_TOP_COUNT;
    std::vector<Tensor*> outputs;
    if (kind != PF_TOP_COUNT) outputs.push_back(&out);
    if (writes_loss) outputs.push_back(&loss);
    run("softmax " + c.at("line"), p, pf_softmax_query, pf_program_softmax, contexts, outputs);
  }
}

void update(const Case& c, int dtype, const long long* contexts) {
  long long n = number(c, "n", 1);
  std::vector<Tensor> t;
  for (unsigned i = 0; i < 7; i++) t.push_back(tensor(dtype, {n}, 20 + i));
  double rate = 0.1;
  long long step = 3, seed = 42;
  pf_update p = zeroed<pf_update>();
  p.momentum = 0.9;
  p.beta2 = 0.999;
  p.epsilon = 1e-8;
  p.learning_rate = reinterpret_cast<long long>(&rate);
  p.step = reinterpret_cast<long long>(&step);
  pf_view* views[] = {&p.parameter, &p.gradient, &p.first, &p.second, &p.new_parameter, &p.new_first, &p.new_second};
  for (int i = 0; i < 7; i++) *views[i] = t[i].view;
  for (int kind = PF_UPDATE_SGD; kind <= PF_UPDATE_ADAM; kind++) {
    p.kind = kind;
    std::vector<Tensor*> outputs{&t[4]};
    if (kind != PF_UPDATE_SGD) outputs.push_back(&t[5]);
    if (kind == PF_UPDATE_ADAM) outputs.push_back(&t[6]);
    run("update " + c.at("line"), p, pf_update_query, pf_program_update, contexts, outputs);
  }
  pf_dropout d = zeroed<pf_dropout>();
  d.rate = 0.5;
  d.seed = reinterpret_cast<long long>(&seed);
  d.step = reinterpret_cast<long long>(&step);
  d.x = t[0].view;
  d.out = t[1].view;
  run("dropout " + c.at("line"), d, pf_dropout_query, pf_program_dropout, contexts, {&t[1]});
}

// Fields that exist for later versions are refused, not ignored.
void refusals(const long long* contexts) {
  Tensor x = tensor(PF_FLOAT32, {1, 1, 2, 2}, 1), w = tensor(PF_FLOAT32, {1, 1, 1, 1}, 2);
  pf_conv p = zeroed<pf_conv>();
  window({{"k", "1"}}, &p.window);
  p.groups = 1;
  p.x = x.view;
  p.w = w.view;
  p.y = x.view;
  pf_requirements needs;
  auto expect = [&](const char* what, int status, const pf_conv& q) {
    checks++;
    if (pf_conv_query(contexts[0], &q, &needs) != status) fail(std::string("refusal of ") + what);
  };
  expect("nothing", PF_OK, p);
  pf_conv q = p;
  q.epilogue.statistics = 64;
  expect("statistics", PF_UNSUPPORTED, q);
  q = p;
  q.x.order = PF_CHANNEL_BLOCKS;
  expect("blocked layout", PF_UNSUPPORTED, q);
  q = p;
  q.accumulate = 1;
  expect("accumulate", PF_UNSUPPORTED, q);
  q = p;
  q.size = 8;
  expect("another struct size", PF_INVALID, q);
  q = p;
  q.y.dims[3] = 3;
  expect("a wrong output shape", PF_INVALID, q);
}

}  // namespace

int main(int count, char** arguments) {
  int isa = count > 1 ? std::atoi(arguments[1]) : pf_best_isa();
  if (isa > pf_best_isa()) {
    std::printf("skipped: this CPU has no instruction set %d\n", isa);
    return 0;
  }
  long long contexts[2];
  if (pf_context_open(1, isa, &contexts[0]) != PF_OK || pf_context_open(3, isa, &contexts[1]) != PF_OK) return 1;
  for (int dtype : {PF_FLOAT32, PF_FLOAT64}) {
    for (const Case& c : family("conv")) conv(c, dtype, contexts);
    for (bool blocks : {false, true}) {
      for (const Case& c : family("pool")) pool(c, dtype, contexts, blocks);
      for (const Case& c : family("norm")) norm(c, dtype, contexts, blocks);
    }
    for (const Case& c : family("gemm")) gemm(c, dtype, contexts);
    for (const Case& c : family("softmax")) softmax(c, dtype, contexts);
    for (const Case& c : family("pointwise")) update(c, dtype, contexts);
  }
  refusals(contexts);
  pf_context_close(contexts[0]);
  pf_context_close(contexts[1]);
  failures += threads_test();
  std::printf("%d passed, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
