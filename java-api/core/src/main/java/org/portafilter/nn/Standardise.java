package org.portafilter.nn;

import java.util.Arrays;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.init.Constant;
import org.portafilter.init.Values;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;

/**
 * {@code (x - mean) / deviation} per channel, N x C x H x W; as a first layer it also accepts bytes
 * ({@code UINT8}). The numbers are part of the network and are saved with it; training does not
 * change them.
 *
 * <pre>{@code
 * ChannelStatistics colours = ChannelStatistics.of(split.train());
 * Layer net = Sequential.of(Standardise.of(colours.mean(), colours.deviation()), Conv2d.of(16, 3));
 * }</pre>
 *
 * @param mean per channel, in the units of the input (bytes count 0 to 255)
 * @param deviation per channel, above 0
 */
public record Standardise(double[] mean, double[] deviation) implements Layer {
  /** Checks that every channel has a mean and a deviation above 0. */
  public Standardise {
    mean = mean.clone();
    deviation = deviation.clone();
    if (mean.length == 0 || mean.length != deviation.length) {
      throw new PortafilterException(
          "Standardise needs one mean and one deviation per channel, got %s and %s"
              .formatted(mean.length, deviation.length));
    }
    for (double d : deviation) {
      if (!(d > 0) || Double.isInfinite(d)) {
        throw new PortafilterException(
            "Standardise needs deviations above 0, got %s; a channel that never changes tells nothing: leave it out"
                .formatted(Arrays.toString(deviation)));
      }
    }
  }

  /** Subtracts the mean and divides by the deviation of each channel. */
  public static Standardise of(double[] mean, double[] deviation) {
    return new Standardise(mean, deviation);
  }

  @Override
  public boolean readsBytes() {
    return true;
  }

  @Override
  public Value apply(Scope scope, Value x) {
    Shape in = scope.shape(x);
    if (in.rank() != 4 || in.dim(1) != mean.length) {
      throw new ShapeException(
          "%s (Standardise): expected an input N x C x H x W with C = %s, got %s"
              .formatted(scope.path(), mean.length, in));
    }
    Shape channels = Shape.of(mean.length);
    double[] variance = Arrays.stream(deviation).map(d -> d * d).toArray();
    return scope.add(
        "normalise",
        new NormOp.Inference(0),
        scope.add("read", new PointwiseOp.Rescale(1, 0), x),
        scope.statistic("scale", channels, Constant.ones()),
        scope.statistic("shift", channels, Constant.zeros()),
        scope.statistic("mean", channels, Values.of(mean)),
        scope.statistic("variance", channels, Values.of(variance)));
  }
}
