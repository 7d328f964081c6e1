package org.portafilter.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Dataset;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.schedule.StepDecay;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.UpdateRun;
import org.portafilter.train.Trainer;

/**
 * A parameter in a group moves as where everything has the group's settings: every optimizer of the
 * package, every one of its record's components, so that no new one can be forgotten.
 */
@Tag("curve")
class ParameterGroupsTest {
  private static final int STEPS = 3;
  private static final double[] SCHEDULE = {1, 0.25, 2};
  private static final Map<String, double[]> WEIGHTS =
      Map.of("a", Draw.uniform("a", 5), "b", Draw.uniform("b", 37));

  /** All records of the package that make updates of their own. */
  private static List<Class<?>> optimizers() throws IOException, ClassNotFoundException {
    Path root = Path.of(System.getProperty("portafilter.root"));
    List<Class<?>> found = new ArrayList<>();
    try (Stream<Path> files =
        Files.list(root.resolve("java-api/core/src/main/java/org/portafilter/optim"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        if (name.contains("-")) {
          continue;
        }
        Class<?> type = Class.forName("org.portafilter.optim." + name);
        boolean composed = type == ParameterGroups.class || type == WeightAverage.class;
        if (Optimizer.class.isAssignableFrom(type) && type.isRecord() && !composed) {
          found.add(type);
        }
      }
    }
    return found;
  }

  /** A rate above 0, every number well inside its range and none of them at a default. */
  private static Optimizer full(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      boolean flag = components[i].getType() == boolean.class;
      values[i] =
          flag ? (Object) false : components[i].getName().equals("learningRate") ? 0.0625 : 0.375;
    }
    return make(type, values);
  }

  private static Optimizer make(Class<?> type, Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      return (Optimizer) type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** The same with one component at each of its other values. */
  private static List<Optimizer> variants(Optimizer full) throws ReflectiveOperationException {
    RecordComponent[] components = full.getClass().getRecordComponents();
    List<Optimizer> variants = new ArrayList<>();
    for (int changed = 0; changed < components.length; changed++) {
      boolean flag = components[changed].getType() == boolean.class;
      int before = variants.size();
      for (Object other : flag ? new Object[] {true} : new Object[] {0.0, 0.03125, 0.75}) {
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = i == changed ? other : components[i].getAccessor().invoke(full);
        }
        try {
          variants.add(make(full.getClass(), values));
        } catch (PortafilterException e) {
          assertEquals(0.0, other, full + ": " + e.getMessage());
        }
      }
      assertTrue(variants.size() > before, "no other value for " + components[changed]);
    }
    return variants;
  }

  private static List<Map<String, double[]>> gradients() {
    List<Map<String, double[]>> gradients = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      gradients.add(Map.of("a", Draw.uniform("da" + step, 5), "b", Draw.uniform("db" + step, 37)));
    }
    return gradients;
  }

  private static double[] rates(double base) {
    return Arrays.stream(SCHEDULE).map(factor -> factor * base).toArray();
  }

  static Stream<Class<?>> everyOptimizer() throws IOException, ClassNotFoundException {
    return optimizers().stream();
  }

  @Test
  void thePackageIsSearched() throws IOException, ClassNotFoundException {
    assertTrue(optimizers().size() >= 9, optimizers().toString());
  }

  /**
   * Rates are powers of two, so that the quotient of two rates times one of them is the other and
   * the bits must be the same.
   */
  @ParameterizedTest
  @MethodSource("everyOptimizer")
  void aGroupMovesAsAloneWithEverySetting(Class<?> type) throws ReflectiveOperationException {
    Optimizer rest = full(type);
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      UpdateRun run = new UpdateRun(TestDevice.get(), dtype);
      var others = run.steps(rest, WEIGHTS, gradients(), rates(rest.learningRate()));
      for (Optimizer group : variants(rest)) {
        var alone = run.steps(group, WEIGHTS, gradients(), rates(group.learningRate()));
        Optimizer both = ParameterGroups.of(rest).with("b", group);
        var together = run.steps(both, WEIGHTS, gradients(), rates(rest.learningRate()));
        for (int step = 0; step < STEPS; step++) {
          String where = "%s in %s, %s, step %d".formatted(group, rest, dtype, step + 1);
          assertArrayEquals(alone.get(step).get("b"), together.get(step).get("b"), where);
          assertArrayEquals(others.get(step).get("a"), together.get(step).get("a"), where);
        }
        boolean frozen = group.learningRate() == 0;
        double[] end = together.get(STEPS - 1).get("b");
        double[] start = run.steps(frozen(), WEIGHTS, gradients(), 0).get(0).get("b");
        assertEquals(frozen, Arrays.equals(start, end), group + " stays only without a rate");
        assertFalse(
            !frozen && Arrays.equals(others.get(STEPS - 1).get("b"), end),
            group + " moves as the rest does");
      }
    }
  }

  private static Optimizer frozen() {
    return Sgd.of(0);
  }

  /** The same where the group has another optimizer than the rest, or is an average over one. */
  @ParameterizedTest
  @MethodSource("everyOptimizer")
  void aGroupMovesAsAloneBesideOthers(Class<?> type) {
    Optimizer group = full(type);
    UpdateRun run = new UpdateRun(TestDevice.get(), DType.FLOAT32);
    double[] alone =
        run.steps(group, WEIGHTS, gradients(), rates(group.learningRate())).get(STEPS - 1).get("b");
    for (Optimizer inner :
        List.of(group, WeightAverage.of(group, 0.5), ParameterGroups.of(group))) {
      Optimizer both = ParameterGroups.of(Sgd.of(0.5)).with("b", inner);
      var after = run.steps(both, WEIGHTS, gradients(), rates(0.5));
      assertArrayEquals(alone, after.get(STEPS - 1).get("b"), inner.toString());
    }
  }

  private static Map<String, float[]> afterTraining(Optimizer optimizer, boolean scheduled) {
    float[] x = new float[16];
    float[] y = new float[16];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i - 7) / 8f;
      y[i] = 1 - x[i] * x[i];
    }
    Dataset data = Dataset.of(x, Shape.of(1), y, Shape.of(1));
    Map<String, float[]> after = new HashMap<>();
    try (Network net =
            Network.create(
                Sequential.of(Dense.of(4), Dense.of(1)), Shape.of(1), TestDevice.get(), 7);
        Trainer trainer = Trainer.of(net, MeanSquaredError.of(), optimizer)) {
      if (scheduled) {
        trainer.schedule(StepDecay.of(1, 0.5));
      }
      trainer.fit(data.batches(16), 1);
      net.trainable().forEach(path -> after.put(path, net.state().get(path).floats()));
    }
    return after;
  }

  /** Rates that are no powers of two: their quotient is rounded, so that a last bit may differ. */
  @Test
  void theFirstStepOfATrainingIsTheGroups() {
    for (boolean scheduled : new boolean[] {false, true}) {
      Optimizer slow = AdamW.of(1e-4);
      var groups = ParameterGroups.of(AdamW.of(1e-2)).with("dense2", slow);
      Map<String, float[]> together = afterTraining(groups, scheduled);
      Map<String, float[]> alone = afterTraining(slow, scheduled);
      for (String path : List.of("dense2/weights", "dense2/bias")) {
        float[] got = together.get(path);
        for (int i = 0; i < got.length; i++) {
          assertEquals(alone.get(path)[i], got[i], Math.ulp(alone.get(path)[i]), path);
        }
      }
      assertFalse(Arrays.equals(alone.get("dense1/weights"), together.get("dense1/weights")));
    }
  }

  @Test
  void aGroupInsideAGroupMustNameSomething() {
    var inner = ParameterGroups.of(Sgd.of(0.1)).with("dense9", Sgd.of(0.01));
    for (Optimizer wrong :
        List.of(
            ParameterGroups.of(inner).with("dense1", Sgd.of(0.1)),
            ParameterGroups.of(Sgd.of(0.1)).with("dense1", inner),
            WeightAverage.of(inner, 0.5))) {
      var e = assertThrows(PortafilterException.class, () -> afterTraining(wrong, false));
      assertTrue(e.getMessage().contains("'dense9' names none"), e.getMessage());
    }
  }
}
