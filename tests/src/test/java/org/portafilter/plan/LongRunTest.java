package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Dataset;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.device.Leaks;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.optim.Adam;
import org.portafilter.train.Callback;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Epoch;
import org.portafilter.train.Trainer;
import org.portafilter.zoo.LeNet;

/** What must hold over many steps and many threads. */
@Tag("plan")
@Tag("cpu")
@Tag("slow")
class LongRunTest {
  private static final int STEPS_PER_EPOCH = 100;
  private static final int EPOCHS = 100;

  /**
   * Over 10,000 steps, 0.8 KB each. Compiled code and the JVM's own tables grow by 2 MB; a leak of
   * one of our buffers in every epoch, 2 MiB at least, would be 200.
   */
  private static final long MOST_GROWTH = 8L << 20;

  /** Bytes of this process in memory. */
  private static long resident() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Run in a process of its own, with a small heap, so that the heap's growth does not hide leaks.
   */
  public static final class TenThousandSteps {
    private TenThousandSteps() {}

    /** Trains; prints the resident bytes after 500, 1000, ... steps, and what stays open. */
    public static void main(String[] args) {
      Split digits = DrawnDigits.split(16 * STEPS_PER_EPOCH, 256, 1);
      try (Network net = Network.create(LeNet.of(10), digits.train().shape(), Device.cpu(), 1);
          Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
        trainer
            .validation(digits.test().batches(64), Accuracy.of())
            .checkpoints(Checkpoints.in(Path.of(args[0])).withLast(2).withBest("validation_loss"))
            .callback(
                new Callback() {
                  @Override
                  public void epoch(Epoch epoch) {
                    if (epoch.number() % 5 == 0) {
                      System.out.println(epoch.number() * STEPS_PER_EPOCH + " " + resident());
                    }
                  }
                })
            .fit(digits.train().batches(16), EPOCHS);
      }
      System.out.println("open " + Leaks.live() + ", forgotten " + Leaks.forgotten());
    }
  }

  @Test
  void memoryStaysFlatOverTenThousandSteps(@TempDir Path folder)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                TenThousandSteps.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    List<String> lines;
    try (var reader = process.inputReader()) {
      lines = reader.lines().toList();
    }
    assertEquals(0, process.waitFor(), lines.toString());
    assertEquals("open 0, forgotten 0", lines.get(lines.size() - 1), lines.toString());
    long[] bytes =
        lines.stream()
            .filter(line -> line.matches("[0-9]+ [0-9]+"))
            .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
            .toArray();
    assertEquals(20, bytes.length);
    System.out.printf(
        "resident MB every 500 steps: %s; trend over 10,000 steps %+,d bytes%n",
        Arrays.stream(bytes).mapToObj(b -> String.valueOf(b / 1_000_000)).toList(), growth(bytes));
    assertTrue(growth(bytes) < MOST_GROWTH, lines.toString());
  }

  /**
   * How much the samples grow from the first to the last: the median of the slopes between all
   * pairs of them (Theil 1950, Sen 1968), which no quarter of the samples can move far.
   */
  private static long growth(long[] samples) {
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      for (int j = i + 1; j < samples.length; j++) {
        slopes.add((double) (samples[j] - samples[i]) / (j - i));
      }
    }
    slopes.sort(null);
    return Math.round(slopes.get(slopes.size() / 2) * (samples.length - 1));
  }

  /** Samples that swing, as where memory waits for collections, and the same with a leak. */
  @Test
  void theTrendTellsALeakFromASwing() {
    int[] swinging = {
      224, 210, 227, 228, 228, 194, 228, 195, 211, 228, 195, 212, 229, 195, 229, 229, 195, 212, 195,
      229
    };
    long[] samples = Arrays.stream(swinging).mapToLong(mb -> mb * 1_000_000L).toArray();
    assertTrue(Math.abs(growth(samples)) < MOST_GROWTH / 2, "swings are no growth");
    for (int i = 0; i < samples.length; i++) {
      samples[i] += 1024L * 500 * (i + 1);
    }
    assertTrue(growth(samples) > MOST_GROWTH, "1 KB a step is a leak");
    Arrays.sort(samples);
    assertTrue(growth(samples) > MOST_GROWTH, "and so is what never shrinks");
  }

  @Test
  void sixteenThreadsGiveTheSerialAnswers() throws InterruptedException {
    Dataset images = DrawnDigits.split(256, 1, 3).train();
    try (Network net = Network.create(LeNet.of(10), images.shape(), Device.cpu(), 1)) {
      float[][] serial = new float[images.size()][];
      try (Predictor predictor = net.session(1)) {
        for (int i = 0; i < serial.length; i++) {
          serial[i] = predictor.predict(images.image(i));
        }
      }
      float[][] got = new float[images.size()][];
      ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 16; t++) {
        int first = t;
        Thread thread =
            new Thread(
                () -> {
                  try (Predictor predictor = net.session(1)) {
                    for (int round = 0; round < 20; round++) {
                      for (int i = first; i < got.length; i += 16) {
                        got[i] = predictor.predict(images.image(i));
                      }
                    }
                  }
                });
        thread.setUncaughtExceptionHandler((which, e) -> failures.add(e));
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertTrue(failures.isEmpty(), failures.toString());
      for (int i = 0; i < serial.length; i++) {
        assertArrayEquals(serial[i], got[i], "image " + i);
      }
    }
  }
}
