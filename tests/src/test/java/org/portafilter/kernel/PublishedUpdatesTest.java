package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.optim.AdaDelta;
import org.portafilter.optim.AdaGrad;
import org.portafilter.optim.AdaMax;
import org.portafilter.optim.Adam;
import org.portafilter.optim.AdamW;
import org.portafilter.optim.Lamb;
import org.portafilter.optim.Lion;
import org.portafilter.optim.NAdam;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.RmsProp;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;
import org.portafilter.testkit.UpdateRun;

/**
 * The first steps of every optimizer with every setting, against PyTorch's documented algorithms
 * (Lion's and LAMB's papers) written out step by step, with what they remember in variables.
 */
@KernelTest
class PublishedUpdatesTest {
  private static final int STEPS = 10;
  private static final int N = 19;

  /** One element's steps, or, where norms count, all elements'. */
  interface Algorithm {
    /** The parameters after a step. */
    void step(double[] w, double[] g);
  }

  /** An algorithm of elements that do not see each other: {@code step} knows its element. */
  private static Supplier<Algorithm> each(Supplier<Element> element) {
    return () -> {
      List<Element> elements = Stream.generate(element).limit(N).toList();
      return (w, g) -> {
        for (int i = 0; i < N; i++) {
          w[i] = elements.get(i).step(w[i], g[i]);
        }
      };
    };
  }

  /** One element with what it remembers. */
  private abstract static class Element {
    double a;
    double b;
    double c;
    int t;

    abstract double next(double w, double g);

    double step(double w, double g) {
      t++;
      return next(w, g);
    }
  }

  /** torch.optim.SGD. */
  private static Element sgd(double lr, double momentum, boolean nesterov, double decay) {
    return new Element() {
      @Override
      double next(double w, double gradient) {
        double g = gradient + decay * w;
        if (momentum != 0) {
          a = t == 1 ? g : momentum * a + g;
          g = nesterov ? g + momentum * a : a;
        }
        return w - lr * g;
      }
    };
  }

  /** torch.optim.Adam, and AdamW with the decay taken from the parameter. */
  private static Element adam(
      double lr, double b1, double b2, double eps, double decay, double decoupled, boolean ams) {
    return new Element() {
      @Override
      double next(double w, double gradient) {
        double kept = w - lr * decoupled * w;
        double g = gradient + decay * w;
        a = b1 * a + (1 - b1) * g;
        b = b2 * b + (1 - b2) * g * g;
        c = Math.max(c, b);
        double mean = a / (1 - Math.pow(b1, t));
        double square = (ams ? c : b) / (1 - Math.pow(b2, t));
        return kept - lr * mean / (Math.sqrt(square) + eps);
      }
    };
  }

  /** torch.optim.NAdam, its product of momenta kept from step to step. */
  private static Element nadam(
      double lr, double b1, double b2, double eps, double decay, double momentumDecay) {
    return new Element() {
      private double product = 1;

      @Override
      double next(double w, double gradient) {
        double g = gradient + decay * w;
        double mu = b1 * (1 - 0.5 * Math.pow(0.96, t * momentumDecay));
        double next = b1 * (1 - 0.5 * Math.pow(0.96, (t + 1) * momentumDecay));
        product *= mu;
        a = b1 * a + (1 - b1) * g;
        b = b2 * b + (1 - b2) * g * g;
        double mean = next * a / (1 - product * next) + (1 - mu) * g / (1 - product);
        return w - lr * mean / (Math.sqrt(b / (1 - Math.pow(b2, t))) + eps);
      }
    };
  }

  /** torch.optim.Adagrad. */
  private static Element adaGrad(double lr, double eps, double decay) {
    return new Element() {
      @Override
      double next(double w, double gradient) {
        double g = gradient + decay * w;
        a += g * g;
        return w - lr * g / (Math.sqrt(a) + eps);
      }
    };
  }

  /** torch.optim.RMSprop, not centred. */
  private static Element rmsProp(
      double lr, double alpha, double eps, double momentum, double decay) {
    return new Element() {
      @Override
      double next(double w, double gradient) {
        double g = gradient + decay * w;
        a = alpha * a + (1 - alpha) * g * g;
        b = momentum * b + g / (Math.sqrt(a) + eps);
        return w - lr * b;
      }
    };
  }

  /** torch.optim.Adadelta. */
  private static Element adaDelta(double lr, double rho, double eps, double decay) {
    return new Element() {
      @Override
      double next(double w, double gradient) {
        double g = gradient + decay * w;
        a = rho * a + (1 - rho) * g * g;
        double step = Math.sqrt(b + eps) / Math.sqrt(a + eps) * g;
        b = rho * b + (1 - rho) * step * step;
        return w - lr * step;
      }
    };
  }

  /** Chen et al. 2023, algorithm 2. */
  private static Element lion(double lr, double b1, double b2, double decay) {
    return new Element() {
      @Override
      double next(double w, double g) {
        double mixed = b1 * a + (1 - b1) * g;
        a = b2 * a + (1 - b2) * g;
        return w - lr * (Math.signum(mixed) + decay * w);
      }
    };
  }

  /** Kingma and Ba 2015, algorithm 2; epsilon as in PyTorch, beside the gradient's size. */
  private static Element adaMax(double lr, double b1, double b2, double eps, double decay) {
    return new Element() {
      @Override
      double next(double w, double g) {
        double total = g + decay * w;
        a = b1 * a + (1 - b1) * total;
        b = Math.max(b2 * b, Math.abs(total) + eps);
        return w - lr / (1 - Math.pow(b1, t)) * a / b;
      }
    };
  }

  /** You et al. 2020, algorithm 2, its phi the identity. */
  private static Supplier<Algorithm> lamb(
      double lr, double b1, double b2, double eps, double decay) {
    return () -> {
      double[] m = new double[N];
      double[] v = new double[N];
      int[] t = {0};
      return (w, g) -> {
        t[0]++;
        double[] r = new double[N];
        double size = 0;
        double length = 0;
        for (int i = 0; i < N; i++) {
          m[i] = b1 * m[i] + (1 - b1) * g[i];
          v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
          double mean = m[i] / (1 - Math.pow(b1, t[0]));
          r[i] = mean / (Math.sqrt(v[i] / (1 - Math.pow(b2, t[0]))) + eps) + decay * w[i];
          size += w[i] * w[i];
          length += r[i] * r[i];
        }
        for (int i = 0; i < N; i++) {
          w[i] -= lr * Math.sqrt(size / length) * r[i];
        }
      };
    };
  }

  private static Arguments is(Optimizer optimizer, Supplier<Algorithm> algorithm) {
    return Arguments.of(optimizer, algorithm);
  }

  static Stream<Arguments> published() {
    return Stream.of(
        is(Sgd.of(0.1), each(() -> sgd(0.1, 0, false, 0))),
        is(Sgd.of(0.1).withWeightDecay(0.05), each(() -> sgd(0.1, 0, false, 0.05))),
        is(Sgd.of(0.1).withMomentum(0.9), each(() -> sgd(0.1, 0.9, false, 0))),
        is(
            Sgd.of(0.1).withMomentum(0.8).withNesterov(true).withWeightDecay(0.05),
            each(() -> sgd(0.1, 0.8, true, 0.05))),
        is(Adam.of(0.1), each(() -> adam(0.1, 0.9, 0.999, 1e-8, 0, 0, false))),
        is(
            Adam.of(0.1).withBetas(0.5, 0.75).withEpsilon(0.1).withWeightDecay(0.2),
            each(() -> adam(0.1, 0.5, 0.75, 0.1, 0.2, 0, false))),
        is(
            Adam.of(0.1).withBetas(0.5, 0.2).withAmsGrad(true),
            each(() -> adam(0.1, 0.5, 0.2, 1e-8, 0, 0, true))),
        is(
            Adam.of(0.1).withBetas(0, 0.2).withAmsGrad(true).withWeightDecay(0.2),
            each(() -> adam(0.1, 0, 0.2, 1e-8, 0.2, 0, true))),
        is(AdamW.of(0.1), each(() -> adam(0.1, 0.9, 0.999, 1e-8, 0, 0.01, false))),
        is(
            AdamW.of(0.1).withBetas(0.5, 0.75).withEpsilon(0.1).withWeightDecay(0.2),
            each(() -> adam(0.1, 0.5, 0.75, 0.1, 0, 0.2, false))),
        is(NAdam.of(0.1), each(() -> nadam(0.1, 0.9, 0.999, 1e-8, 0, 0.004))),
        is(
            NAdam.of(0.1).withMomentumDecay(1).withBetas(0.5, 0.67).withWeightDecay(0.2),
            each(() -> nadam(0.1, 0.5, 0.67, 1e-8, 0.2, 1))),
        is(
            NAdam.of(0.1).withMomentumDecay(0).withEpsilon(0.1),
            each(() -> nadam(0.1, 0.9, 0.999, 0.1, 0, 0))),
        is(AdaGrad.of(0.1), each(() -> adaGrad(0.1, 1e-10, 0))),
        is(
            AdaGrad.of(0.1).withEpsilon(0.1).withWeightDecay(0.2),
            each(() -> adaGrad(0.1, 0.1, 0.2))),
        is(RmsProp.of(0.1), each(() -> rmsProp(0.1, 0.99, 1e-8, 0, 0))),
        is(
            RmsProp.of(0.1).withDecay(0.5).withEpsilon(0.1).withWeightDecay(0.2),
            each(() -> rmsProp(0.1, 0.5, 0.1, 0, 0.2))),
        is(
            RmsProp.of(0.1).withDecay(0.5).withMomentum(0.9).withWeightDecay(0.2),
            each(() -> rmsProp(0.1, 0.5, 1e-8, 0.9, 0.2))),
        is(AdaDelta.of(), each(() -> adaDelta(1, 0.9, 1e-6, 0))),
        is(
            AdaDelta.of(0.5).withDecay(0.5).withEpsilon(0.1).withWeightDecay(0.2),
            each(() -> adaDelta(0.5, 0.5, 0.1, 0.2))),
        is(AdaMax.of(0.1), each(() -> adaMax(0.1, 0.9, 0.999, 1e-8, 0))),
        is(
            AdaMax.of(0.1).withBetas(0.5, 0.75).withEpsilon(0.1).withWeightDecay(0.2),
            each(() -> adaMax(0.1, 0.5, 0.75, 0.1, 0.2))),
        is(Lion.of(0.1), each(() -> lion(0.1, 0.9, 0.99, 0))),
        is(
            Lion.of(0.1).withBetas(0.5, 0.75).withWeightDecay(0.2),
            each(() -> lion(0.1, 0.5, 0.75, 0.2))),
        is(Lamb.of(0.1), lamb(0.1, 0.9, 0.999, 1e-6, 0.01)),
        is(
            Lamb.of(0.1).withBetas(0.5, 0.75).withEpsilon(0.1).withWeightDecay(0.2),
            lamb(0.1, 0.5, 0.75, 0.1, 0.2)));
  }

  @ParameterizedTest
  @MethodSource("published")
  void theFirstStepsAreThePublished(Optimizer optimizer, Supplier<Algorithm> algorithm) {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      double[] w = Draw.uniform("w", N);
      List<Map<String, double[]>> gradients = new ArrayList<>();
      double[] rates = new double[STEPS];
      for (int step = 0; step < STEPS; step++) {
        gradients.add(Map.of("w", Draw.uniform("g" + step, N)));
        rates[step] = optimizer.learningRate();
      }
      var got =
          new UpdateRun(TestDevice.get(), dtype).steps(optimizer, Map.of("w", w), gradients, rates);
      Algorithm expected = algorithm.get();
      double[] now = w.clone();
      double[] magnitude = new double[N];
      for (int step = 0; step < STEPS; step++) {
        expected.step(now, gradients.get(step).get("w"));
        // Errors of steps add up, and each is of numbers of size 1 or so.
        for (int i = 0; i < N; i++) {
          magnitude[i] += 1 + Math.abs(now[i]);
        }
        Tolerance.TRANSCENDENTAL.check(
            optimizer + ", step " + (step + 1), dtype, now, got.get(step).get("w"), magnitude);
      }
    }
  }

  /** After one step from 1 with gradient 0.01. */
  private static double nadam(double momentumDecay) {
    NAdam optimizer =
        NAdam.of(0.5).withBetas(0.5, 0.67).withEpsilon(1e-5).withMomentumDecay(momentumDecay);
    return new UpdateRun(TestDevice.get(), DType.FLOAT32)
        .steps(
            optimizer,
            Map.of("w", new double[] {1}),
            List.of(Map.of("w", new double[] {0.01})),
            optimizer.learningRate())
        .get(0)
        .get("w")[0];
  }

  @Test
  void nadamsFirstStep() {
    assertEquals(0.004, NAdam.of(0.5).momentumDecay());
    assertEquals(0.4339, nadam(0.004), 5e-5);
    assertEquals(0.4281, nadam(1), 5e-5);
  }

  /** The momentum follows the step's number, which a state keeps: nothing else is remembered. */
  @Test
  void nadamRemembersNoMoreThanAdam() {
    ValueType type = new ValueType(Shape.of(3), DType.FLOAT32);
    assertArrayEquals(
        Adam.of(1).moments("w", type).keySet().toArray(),
        NAdam.of(1).moments("w", type).keySet().toArray());
  }
}
