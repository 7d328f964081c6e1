package org.portafilter.device.cuda;

import java.util.Map;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.graph.AdamOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.SgdOp;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Optimizer updates on the GPU: update.cuh. */
final class CudaUpdate {
  private CudaUpdate() {}

  static void register(Map<Class<? extends Op>, CudaKernels.Source> sources) {
    sources.put(
        SgdOp.class,
        (d, r) ->
            CudaKernel.of(
                r,
                (out, in) -> out == 0 && in == 0 || out == 1 && in == 3,
                (to, at) -> sgd(to, r, at)));
    sources.put(
        AdamOp.class,
        (d, r) ->
            CudaKernel.of(
                r,
                (out, in) -> out == 0 && in == 0 || out > 0 && in == out + 3,
                (to, at) -> adam(to, r, at)));
  }

  /** The fields of update.cuh that come before the numbers. */
  private static Params params(KernelRequest r, boolean nesterov) {
    ValueType gradient = r.inputs().get(1);
    boolean last = gradient.layout() == Layout.CHANNELS_LAST;
    long channels = last ? gradient.shape().dim(1) : 1;
    long area = last ? gradient.shape().dim(2) * gradient.shape().dim(3) : 1;
    return new Params().add(gradient.shape().count(), channels, area).add(nesterov);
  }

  private static void sgd(Commands to, KernelRequest r, Addresses at) {
    SgdOp op = (SgdOp) r.op();
    boolean velocity = op.momentum() > 0;
    to.update(
        velocity ? "momentum" : "sgd",
        r.inputs().get(1).dtype(),
        r.inputs().get(0).shape().count(),
        params(r, op.nesterov())
            .add(op.momentum())
            .add(0.0)
            .add(0.0)
            .add(op.weightDecay())
            .add(at.input(2), 0, at.input(0), at.input(1))
            .add(velocity ? at.input(3) : 0, 0, at.output(0))
            .add(velocity ? at.output(1) : 0, 0));
  }

  private static void adam(Commands to, KernelRequest r, Addresses at) {
    AdamOp op = (AdamOp) r.op();
    to.update(
        "adam",
        r.inputs().get(1).dtype(),
        r.inputs().get(0).shape().count(),
        params(r, false)
            .add(op.beta1())
            .add(op.beta2())
            .add(op.epsilon())
            .add(op.weightDecay())
            .add(at.input(2), at.input(3), at.input(0), at.input(1))
            .add(at.input(4), at.input(5))
            .add(at.output(0), at.output(1), at.output(2)));
  }
}
