package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/**
 * A convolution in ND4J, DL4J's engine, through the operations its layers use; one group. Results
 * go to the same arrays at each run.
 */
final class Dl4jConvolution implements Contender {
  private final Operation operation;
  private final List<CustomOp> calls = new ArrayList<>();
  private final List<INDArray> results = new ArrayList<>();

  static boolean knows(Row work) {
    return List.of("conv", "conv-train").contains(work.kind())
        && work.sizes().number("groups", 1) == 1;
  }

  Dl4jConvolution(Row work) {
    operation = Operation.of(work);
    Window window = work.sizes().window();
    INDArray x = array("x");
    INDArray w = array("w");
    Shape image = operation.leaves().get("x").shape();
    long[] output = {
      image.dim(0),
      operation.leaves().get("w").shape().dim(0),
      window.outputHeight(image.dim(2)),
      window.outputWidth(image.dim(3))
    };
    add("conv2d", window, List.of(x, w), List.of(Nd4j.create(output)));
    if (work.kind().equals("conv-train")) {
      add(
          "conv2d_bp",
          window,
          List.of(x, w, array("dy")),
          List.of(Nd4j.create(x.shape()), Nd4j.create(w.shape())));
    }
  }

  private void add(String name, Window window, List<INDArray> inputs, List<INDArray> outputs) {
    int explicitPadding = 0;
    int channelsFirst = 0;
    int outputsFirst = 1;
    calls.add(
        DynamicCustomOp.builder(name)
            .addInputs(inputs.toArray(INDArray[]::new))
            .addOutputs(outputs.toArray(INDArray[]::new))
            .addIntegerArguments(
                window.kernelHeight(),
                window.kernelWidth(),
                window.strideHeight(),
                window.strideWidth(),
                window.padTop(),
                window.padLeft(),
                window.dilationHeight(),
                window.dilationWidth(),
                explicitPadding,
                channelsFirst,
                outputsFirst)
            .build());
    results.addAll(outputs);
  }

  private INDArray array(String name) {
    Shape shape = operation.leaves().get(name).shape();
    return Nd4j.createFromArray(Sample.values(name, shape.count()))
        .reshape('c', shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3));
  }

  @Override
  public void run() {
    calls.forEach(Nd4j::exec);
  }

  @Override
  public double[] check() {
    run();
    List<Double> taken = new ArrayList<>();
    for (INDArray result : results) {
      INDArray flat = result.dup('c').reshape(-1);
      for (int position : Sample.positions(flat.length())) {
        taken.add(flat.getDouble(position));
      }
    }
    return taken.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Override
  public void close() {}
}
