// What the kernel tests share: cases from the shape lists, tensors on heap buffers of exactly the promised size, one
// command on contexts of one and of three threads.
#pragma once
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
#include "portafilter/program.h"

// Contexts of one and of three threads.
using Contexts = const long long*;

void conv_test(int dtype, Contexts contexts);
void image_test(int dtype, Contexts contexts);
void vector_test(int dtype, Contexts contexts);
int threads_test();

inline int failures = 0;
inline int checks = 0;

inline void fail(const std::string& what) {
  std::printf("FAILED: %s\n", what.c_str());
  failures++;
}

using Case = std::map<std::string, std::string>;

inline std::vector<Case> family(const std::string& name) {
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

inline std::vector<int> numbers(const Case& c, const std::string& key, std::vector<int> otherwise) {
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

inline int number(const Case& c, const std::string& key, int otherwise) { return numbers(c, key, {otherwise})[0]; }

// A heap block of exactly the size a view promises.
struct Block {
  std::unique_ptr<char[]> bytes;
  long long size = 0;

  long long address() const { return reinterpret_cast<long long>(bytes.get()); }
};

inline Block block(long long bytes) { return {std::unique_ptr<char[]>(new char[bytes > 0 ? bytes : 1]), bytes}; }

template <class T>
void fill(Block& b, unsigned seed) {
  T* values = reinterpret_cast<T*>(b.bytes.get());
  for (size_t i = 0; i < b.size / sizeof(T); i++) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1.0);
  }
}

inline int bytes_of(int dtype) { return dtype == PF_FLOAT64 || dtype == PF_INT64 ? 8 : 4; }

struct Tensor {
  pf_view view;
  Block block;
};

inline long long stored_channels(long long channels) { return (channels + 15) / 16 * 16; }

// Sets what lies behind the last channel of blocks, or says whether it is all zero.
inline bool tail_is(const Tensor& t, bool set) {
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

inline Tensor tensor(int dtype, std::vector<long long> dims, unsigned seed);

// An image in channel blocks.
inline Tensor blocked(std::vector<long long> dims, unsigned seed, int dtype = PF_FLOAT32) {
  std::vector<long long> padded = dims;
  padded[1] = stored_channels(dims[1]);
  Tensor t = tensor(dtype, padded, seed);
  t.view.dims[1] = dims[1];
  t.view.order = PF_CHANNEL_BLOCKS;
  if (dtype == PF_FLOAT32) tail_is(t, true);
  return t;
}

inline Tensor tensor(int dtype, std::vector<long long> dims, unsigned seed) {
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
void run(const std::string& what, P params, Query query, Append append, Contexts contexts,
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

inline void window(const Case& c, pf_window* p) {
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

inline long long out_size(int size, int before, int after, int kernel, int stride, int dilation) {
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
void prepared(const std::string& what, P p, Query query, Append append, Contexts contexts, Tensor* y) {
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
