// Runs the kernels of one instruction set over the shape lists on heap buffers of exactly the promised size, so that
// the address sanitizer sees every byte out of bounds, and checks that one and three threads give the same bytes.
// Values are checked against oracles in the Java tests.
#include "kernel_test.h"
#include "portafilter/conv.h"

namespace {

// What a convolution does not take is refused, not ignored.
void refusals(Contexts contexts) {
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
  q.epilogue.activation = PF_TANH;
  expect("an activation that is no part of it", PF_UNSUPPORTED, q);
  q = p;
  q.x.order = PF_CHANNEL_BLOCKS;
  expect("blocked layout", PF_UNSUPPORTED, q);
  q = p;
  q.algorithm = PF_NUMERICS_BLOCKED;
  expect("an algorithm that takes no plain values", PF_UNSUPPORTED, q);
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
    conv_test(dtype, contexts);
    image_test(dtype, contexts);
    vector_test(dtype, contexts);
  }
  refusals(contexts);
  pf_context_close(contexts[0]);
  pf_context_close(contexts[1]);
  failures += threads_test();
  std::printf("%d passed, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
