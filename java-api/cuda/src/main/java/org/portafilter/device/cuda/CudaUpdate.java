package org.portafilter.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.device.Addresses;
import org.portafilter.device.KernelRequest;
import org.portafilter.device.KernelTable;
import org.portafilter.graph.UpdateOp;
import org.portafilter.shape.Layout;
import org.portafilter.shape.ValueType;

/** Optimizer updates on the GPU: update.cuh. */
final class CudaUpdate {
  private static final List<String> MOMENTS = List.of("first", "second", "third");

  private CudaUpdate() {}

  /** The gradient is read as its kernel left it. */
  private static boolean isPlainButGradient(KernelRequest r) {
    return IntStream.range(0, r.inputs().size())
        .filter(input -> input != 1)
        .mapToObj(input -> r.inputs().get(input))
        .allMatch(type -> type.equals(type.plain()));
  }

  static void register(KernelTable<Driver> kernels) {
    kernels.ordered(
        UpdateOp.Step.class,
        CudaUpdate::isPlainButGradient,
        (d, r) ->
            CudaKernel.of(
                r, ((UpdateOp.Step) r.op())::mayOverwrite, (to, at) -> update(to, r, at)));
    kernels.plain(
        UpdateOp.TrustRatio.class,
        (d, r) -> CudaKernel.of(r, (out, in) -> in == 0, (to, at) -> trust(to, r, at)));
  }

  private static void update(Commands to, KernelRequest r, Addresses at) {
    UpdateOp.Step op = (UpdateOp.Step) r.op();
    ValueType gradient = r.inputs().get(1);
    boolean last = gradient.layout() == Layout.CHANNELS_LAST;
    long channels = last ? gradient.shape().dim(1) : 1;
    long area = last ? gradient.shape().dim(2) * gradient.shape().dim(3) : 1;
    Params params =
        Params.of("Update")
            .set("count", gradient.shape().count())
            .set("channels", channels)
            .set("area", area)
            .set("rule", op.rule().ordinal())
            .set("momentum", op.momentum())
            .set("beta2", op.beta2())
            .set("epsilon", op.epsilon())
            .set("weight_decay", op.weightDecay())
            .set("decoupled_decay", op.decoupledDecay())
            .set("rate_scale", op.rateScale())
            .set("momentum_decay", op.momentumDecay())
            .set("learning_rate", at.input(2))
            .set("step", at.input(3))
            .set("parameter", at.input(0))
            .set("gradient", at.input(1))
            .set("new_parameter", at.output(0));
    for (int i = 0; i < MOMENTS.size(); i++) {
      boolean there = i < op.rule().moments();
      params.set(MOMENTS.get(i), there ? at.input(UpdateOp.MOMENTS + i) : 0);
      params.set("new_" + MOMENTS.get(i), there ? at.output(i + 1) : 0);
    }
    long count = r.inputs().get(0).shape().count();
    to.row("update", false, gradient.dtype(), count, params, touched(r, at));
  }

  /** Everything but the learning rate and the step, which no update writes. */
  private static List<CudaTable.Touched> touched(KernelRequest r, Addresses at) {
    List<CudaTable.Touched> touched = new ArrayList<>();
    for (int i = 0; i < r.inputs().size(); i++) {
      if (i < 2 || i >= UpdateOp.MOMENTS) {
        touched.add(new CudaTable.Touched(at.input(i), r.inputs().get(i).bytes(), false));
      }
    }
    for (int i = 0; i < r.outputs().size(); i++) {
      touched.add(new CudaTable.Touched(at.output(i), r.outputs().get(i).bytes(), true));
    }
    return touched;
  }

  private static void trust(Commands to, KernelRequest r, Addresses at) {
    ValueType type = r.outputs().get(0);
    long count = type.shape().count();
    to.packs(
        "trust",
        type.dtype(),
        count,
        to.params("TrustParams")
            .set("count", count)
            .set("rate_scale", ((UpdateOp.TrustRatio) r.op()).rateScale())
            .set("learning_rate", at.input(2))
            .set("parameter", at.input(0))
            .set("direction", at.input(1))
            .set("size", at.input(3))
            .set("direction_size", at.input(4))
            .set("new_parameter", at.output(0)));
  }
}
