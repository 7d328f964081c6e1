package org.portafilter.device.cpu;

import static org.portafilter.device.cpu.Descriptors.view;

import java.util.List;
import org.portafilter.binding.Kernels;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.ProductOp;

/** Matrix products on the CPU: header product.h. */
final class CpuProduct {
  private static final CpuKernel.Family<Kernels.Product> FAMILY =
      new CpuKernel.Family<>(
          Kernels::pf_product_query, Kernels::pf_program_product, p -> p.prepare(1));

  private static final List<Integer> ALGORITHMS =
      List.of(
          Kernels.PF_NUMERICS_ANY,
          Kernels.PF_NUMERICS_TILES,
          Kernels.PF_NUMERICS_BLAS_TILES,
          Kernels.PF_NUMERICS_DOT_ROWS);

  private CpuProduct() {}

  static void register(KernelTable<CpuDevice> kernels) {
    kernels.plain(
        ProductOp.MatMul.class,
        (d, r) ->
            CpuKernel.each(
                ALGORITHMS,
                algorithm ->
                    CpuKernel.of(
                        d,
                        FAMILY,
                        r,
                        CpuKernel.NEVER,
                        at -> List.of(product(r, at).algorithm(algorithm)))));
  }

  private static Kernels.Product product(KernelRequest r, Addresses at) {
    ProductOp.MatMul op = (ProductOp.MatMul) r.op();
    Kernels.Product p = Descriptors.zeroed(new Kernels.Product());
    p.size(p.sizeof());
    p.transpose_a(op.transposeA() ? 1 : 0);
    p.transpose_b(op.transposeB() ? 1 : 0);
    view(p.a(), r.inputs().get(0), at.input(0));
    view(p.b(), r.inputs().get(1), at.input(1));
    view(p.c(), r.outputs().get(0), at.output(0));
    p.epilogue().activation(op.activation().ordinal());
    p.epilogue().bias(op.bias() ? at.input(2) : 0);
    p.prepared(at.prepared());
    p.workspace(at.workspace());
    return p;
  }
}
