package org.portafilter.device.cuda;

import java.util.List;
import org.portafilter.device.Kernel;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.device.MathMode;
import org.portafilter.graph.ProductOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;

/** Matrix products on the GPU: cuBLAS, then bias and activation in place. */
final class CudaProduct {
  private CudaProduct() {}

  /** Factors may be narrow. */
  private static boolean isRowMajor(KernelRequest r) {
    return r.inputs().stream().allMatch(type -> type.layout() == Layout.PLAIN);
  }

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(ProductOp.MatMul.class, CudaProduct::isRowMajor, CudaProduct::product);
  }

  private static List<Kernel> product(Driver driver, KernelRequest r) {
    ProductOp.MatMul op = (ProductOp.MatMul) r.op();
    Shape a = r.inputs().get(0).shape();
    Shape c = r.outputs().get(0).shape();
    DType factors = r.inputs().get(0).dtype();
    boolean strict = r.math() == MathMode.STRICT;
    Driver.ProductCall call =
        new Driver.ProductCall(
            factors,
            c.dim(0),
            c.dim(1),
            a.dim(op.transposeA() ? 0 : 1),
            op.transposeA(),
            op.transposeB(),
            strict);
    String numerics = "cublas " + CudaConv.precision(factors, strict);
    CudaKernel.Body body =
        (to, at) -> {
          to.product(call, at.input(0), at.input(1), at.output(0));
          long bias = op.bias() ? at.input(2) : 0;
          CudaPointwise.finish(to, r, at.output(0), bias, 0, op.activation());
        };
    return List.of(new CudaKernel(r, numerics, 0, CudaKernel.NEVER, body));
  }
}
