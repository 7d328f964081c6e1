package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
class LongRunTest {
  private static final int STEPS_PER_EPOCH = 100;
  private static final int EPOCHS = 100;

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
        "resident bytes after 500, 1,000, 5,000 and 10,000 steps: %,d %,d %,d %,d%n",
        bytes[0], bytes[1], bytes[9], bytes[19]);
    // The JIT and its code cache still grow a little; a buffer leaked per step would be far more.
    assertTrue(bytes[19] - bytes[1] < 16 << 20, lines.toString());
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
