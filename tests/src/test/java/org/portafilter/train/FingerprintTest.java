package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Augmentation;
import org.portafilter.data.HorizontalFlip;
import org.portafilter.device.MathMode;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.loss.Loss;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.optim.ClipNorm;
import org.portafilter.optim.Clipping;
import org.portafilter.optim.Lamb;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.ParameterGroups;
import org.portafilter.optim.Sgd;
import org.portafilter.optim.schedule.Schedule;
import org.portafilter.optim.schedule.WarmUp;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;

/** What tells one training from another, in this JVM and in the next. */
@Tag("unit")
class FingerprintTest {
  private static final SoftmaxCrossEntropy ENTROPY = SoftmaxCrossEntropy.of();
  private static final Augmentation DARKER =
      (pixels, shape, random) -> {
        float factor = (float) random.uniform(0.7, 1.0);
        for (int i = 0; i < pixels.length; i++) {
          pixels[i] *= factor;
        }
      };

  /** A loss that is a lambda: a multiple of another. */
  private static Loss times(double factor) {
    return (graph, output, labels) ->
        graph.add(
            "times", new PointwiseOp.Rescale(factor, 0), ENTROPY.apply(graph, output, labels));
  }

  /** Without a toString of its own, and without anything that could differ. */
  static final class Inverted implements Augmentation {
    @Override
    public void apply(float[] pixels, Shape shape, Philox random) {
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = 255 - pixels[i];
      }
    }
  }

  /** Without a toString of its own, and with a number that decides what it does. */
  static final class Scaled implements Augmentation {
    private final float factor;

    Scaled(float factor) {
      this.factor = factor;
    }

    @Override
    public void apply(float[] pixels, Shape shape, Philox random) {
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] *= factor;
      }
    }
  }

  /** Holds what prints itself by its identity. */
  record Curve(double[] points, Set<String> channels, Augmentation then) implements Augmentation {
    @Override
    public void apply(float[] pixels, Shape shape, Philox random) {
      then.apply(pixels, shape, random);
    }
  }

  /** Run in processes of their own: one epoch more, with parts that are no records. */
  public static final class OneEpochMore {
    private OneEpochMore() {}

    /** Resumes in the folder given, if there is something to resume. */
    public static void main(String[] args) {
      var batches =
          Runs.DIGITS.augmented(
              HorizontalFlip.of(),
              Augmentation.named("darker", DARKER),
              new Inverted(),
              new Curve(
                  new double[] {0.5, 1}, Set.of("red", "green", "blue", "alpha"), new Inverted()));
      Clipping halves = (graph, gradients) -> ClipNorm.of(0.5).apply(graph, gradients);
      try (Network net = Runs.network();
          Trainer trainer = Trainer.of(net, times(2), Adam.of(1e-3))) {
        trainer
            .clipping(halves)
            .schedule(WarmUp.of(2, Schedule.named("half", (step, base) -> base / 2)))
            .checkpoints(Checkpoints.in(Path.of(args[0])));
        System.out.println(
            "resumed " + trainer.resume(Path.of(args[0]), batches, Resume.exactly()));
        trainer.fit(batches, trainer.history().epochs().size() + 1);
        System.out.println("epochs " + trainer.history().epochs().size());
      } catch (PortafilterException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void theNextJvmKnowsIt(@TempDir Path folder) throws Exception {
    String first = Runs.inAnotherJvm(OneEpochMore.class, "", folder);
    assertTrue(first.contains("resumed false"), first);
    assertTrue(first.contains("epochs 1"), first);
    String second = Runs.inAnotherJvm(OneEpochMore.class, "", folder);
    assertTrue(second.contains("resumed true"), second);
    assertTrue(second.contains("epochs 2"), second);
  }

  @Test
  void wordsHoldNoIdentities() {
    for (Object nameless :
        List.of(
            DARKER,
            new Scaled(2),
            new Curve(new double[0], Set.of(), DARKER),
            WarmUp.of(5, (step, base) -> base),
            List.of(new Object[] {DARKER}),
            new Augmentation() {
              @Override
              public void apply(float[] pixels, Shape shape, Philox random) {}
            })) {
      assertNotNull(Words.of(nameless).nameless(), nameless.toString());
      assertTrue(Words.of(nameless).nameless().contains("FingerprintTest"), nameless.toString());
    }
    Words curve = Words.of(new Curve(new double[] {0.5}, Set.of("b", "a"), new Inverted()));
    assertNull(curve.nameless());
    assertEquals("Curve[points=[0.5], channels=[a, b], then=Inverted]", curve.text());
    assertEquals("HorizontalFlip[probability=0.5]", Words.of(HorizontalFlip.of()).text());
    assertEquals("'darker'", Words.of(Augmentation.named("darker", DARKER)).text());
    assertEquals("[]", Words.of(List.of()).text());
    assertEquals("{a, 1}", Words.of(Map.of("a", 1)).text());
    assertEquals("null", Words.of(null).text());
    assertThrows(PortafilterException.class, () -> Augmentation.named(" ", DARKER));
    assertThrows(PortafilterException.class, () -> Schedule.named("", (step, base) -> base));
  }

  private static Fingerprint of(Loss loss, Optimizer optimizer, MathMode math) {
    try (Network net = Runs.network()) {
      return Fingerprint.of(TrainingGraph.training(net.math(math), loss, optimizer));
    }
  }

  private static String digest(Loss loss, Optimizer optimizer) {
    return of(loss, optimizer, MathMode.FAST).digest();
  }

  @Test
  void graphsTellLambdasApart() {
    String twice = digest(times(2), Adam.of(1e-3));
    assertEquals(twice, digest(times(2), Adam.of(1e-3)));
    assertEquals(twice, digest(times(2), Adam.of(5)), "rates are no part of it");
    assertNotEquals(twice, digest(times(3), Adam.of(1e-3)));
    assertNotEquals(twice, digest(times(2), Adam.of(1e-3).withEpsilon(1e-3)));
    assertNotEquals(twice, digest(times(2), Sgd.of(1e-3)));
    assertEquals(
        twice,
        of(times(2), Adam.of(1e-3), MathMode.FLOAT16).digest(),
        "scales of one precision are no part of it");
  }

  @Test
  void ratesOfGroupsAreApart() {
    for (var pair :
        List.of(
            List.<Optimizer>of(Sgd.of(0.1), Sgd.of(0.4)),
            List.<Optimizer>of(Lamb.of(0.1), Lamb.of(0.4)))) {
      Optimizer groups = ParameterGroups.of(pair.get(0)).with("dense1", pair.get(1));
      Fingerprint plain = of(ENTROPY, pair.get(0), MathMode.FAST);
      Fingerprint scaled = of(ENTROPY, groups, MathMode.FAST);
      assertEquals(plain.digest(), scaled.digest());
      assertTrue(plain.rateScales().isEmpty());
      assertTrue(Set.copyOf(scaled.rateScales().values()).equals(Set.of(4.0)), "four times");
    }
  }

  @Test
  void namelessPartsAreRefusedWhereTheyMustBeKnownAgain(@TempDir Path folder) {
    for (Augmentation nameless : List.of(DARKER, new Scaled(2))) {
      try (Network net = Runs.network();
          Trainer trainer = Trainer.of(net, ENTROPY, Adam.of(1e-3))) {
        var batches = Runs.DIGITS.augmented(HorizontalFlip.of(), nameless);
        trainer.fit(batches, 1);
        trainer.checkpoints(Checkpoints.in(folder.resolve("none")));
        var e = assertThrows(PortafilterException.class, () -> trainer.fit(batches, 2));
        assertTrue(e.getMessage().contains("augmentation 2"), e.getMessage());
        assertTrue(e.getMessage().contains("FingerprintTest"), e.getMessage());
        assertTrue(e.getMessage().contains("Augmentation.named("), e.getMessage());
        assertFalse(Files.exists(folder.resolve("none")));
        assertEquals(4, net.state().step(), "before the first step");
      }
    }
    try (Network net = Runs.network();
        Trainer trainer = Trainer.of(net, ENTROPY, Adam.of(1e-3))) {
      trainer.checkpoints(Checkpoints.in(folder)).fit(Runs.DIGITS, 1);
      trainer.schedule((step, base) -> base);
      var e = assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
      assertTrue(e.getMessage().contains("Schedule.named("), e.getMessage());
    }
  }

  @Test
  void anotherLambdaIsAnotherTraining(@TempDir Path folder) {
    try (Network net = Runs.network();
        Trainer trainer = Trainer.of(net, times(2), Adam.of(1e-3))) {
      trainer.checkpoints(Checkpoints.in(folder)).fit(Runs.DIGITS, 1);
    }
    try (Network net = Runs.network();
        Trainer trainer = Trainer.of(net, times(3), Adam.of(1e-3))) {
      Map<String, float[]> before = Runs.state(net);
      var e = assertThrows(PortafilterException.class, () -> trainer.resume(folder, Runs.DIGITS));
      assertTrue(e.getMessage().contains("computed something else"), e.getMessage());
      assertTrue(e.getMessage().contains("a lambda in"), e.getMessage());
      Runs.state(net)
          .forEach(
              (path, values) ->
                  org.junit.jupiter.api.Assertions.assertArrayEquals(
                      before.get(path), values, path));
    }
    try (Network net = Runs.network();
        Trainer trainer = Trainer.of(net, times(2), Adam.of(1e-3))) {
      assertTrue(trainer.resume(folder, Runs.DIGITS, Resume.exactly()));
    }
  }
}
