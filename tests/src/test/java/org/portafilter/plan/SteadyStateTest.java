package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Cifar;
import org.portafilter.data.Dataset;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Loader;
import org.portafilter.device.AtomicFile;
import org.portafilter.device.Device;
import org.portafilter.device.Leaks;
import org.portafilter.graph.Graph;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Adam;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Philox;
import org.portafilter.train.Callback;
import org.portafilter.train.Step;
import org.portafilter.train.Trainer;
import org.portafilter.train.TrainingGraph;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.LeNet;

/**
 * What a step may cost in memory: almost nothing on the heap, nothing native, and exactly the
 * planned arena.
 */
@Tag("plan")
@Tag("cpu")
class SteadyStateTest {
  private static final int WARM_STEPS = 60;
  private static final int STEPS = 100;

  /** Bytes allocated so far by the training thread and by the loader's. */
  private static long heapBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long loader = 0;
    for (var info : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (info != null && info.getThreadName().equals("portafilter-loader")) {
        loader += threads.getThreadAllocatedBytes(info.getThreadId());
      }
    }
    return loader + threads.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  @Test
  void aTrainingStepAllocatesNextToNothing() {
    var digits = DrawnDigits.split(32 * (WARM_STEPS + STEPS + 20), 10, 1);
    List<long[]> seen = new ArrayList<>();
    try (Network net = Network.create(LeNet.of(10), digits.train().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      trainer.callback(
          new Callback() {
            @Override
            public void step(Step step) {
              if (step.batch() == WARM_STEPS || step.batch() == WARM_STEPS + STEPS) {
                seen.add(
                    new long[] {
                      heapBytes(), Leaks.live(), Pointer.totalBytes(), Pointer.totalCount()
                    });
              }
            }
          });
      trainer.fit(digits.train().batches(32), 1);
    }
    long perStep = (seen.get(1)[0] - seen.get(0)[0]) / STEPS;
    System.out.println("heap bytes per training step: " + perStep);
    assertTrue(perStep < 1024, perStep + " bytes per step");
    assertEquals(seen.get(0)[1], seen.get(1)[1], "live native buffers");
    assertEquals(seen.get(0)[2], seen.get(1)[2], "bytes held by JavaCPP pointers");
    assertEquals(seen.get(0)[3], seen.get(1)[3], "JavaCPP pointers");
  }

  @Test
  void theArenaIsWhatThePlanSays() throws IOException {
    int batch = 128;
    Adam adam = Adam.of(1e-3);
    try (Network net =
        Network.create(CifarResNet.of(20, 10), Shape.of(3, 32, 32), Device.cpu(), 1)) {
      Map<String, ValueType> moments = new LinkedHashMap<>();
      net.trainable().forEach(p -> moments.putAll(adam.moments(p, net.state().get(p).type())));
      net.state().define(moments);
      Map<String, ValueType> leaves = net.leaves(batch, DType.UINT8);
      leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(batch), DType.INT32));
      Graph graph = TrainingGraph.training(net, SoftmaxCrossEntropy.of(), adam);
      Plan plan = Plan.compile(graph, net.device(), Spec.of(leaves));
      try (Session session = Session.open(plan, net.state())) {
        session.learningRate(1e-3);
        session.run();
        long huge = 2L << 20;
        long rounded = (plan.arenaBytes() + huge - 1) / huge * huge;
        long resident = residentBytes(session.arena().address(), rounded);
        System.out.printf(
            "resnet20 at batch 128: plan %,d bytes, rounded %,d, resident %,d%n",
            plan.arenaBytes(), rounded, resident);
        assertEquals(rounded, resident);
      }
    }
  }

  /** Bytes of native memory that Java's own buffers hold, those of the JDK's channels included. */
  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /**
   * Buffers of the JDK's are freed when a collection finds them: between two of them a process
   * would grow with every file and every pass. A collection meanwhile makes the number smaller,
   * never larger.
   */
  @Test
  void nothingNativeWaitsForACollection(@TempDir Path folder) throws IOException {
    long most = 4L << 20;
    long before = directBytes();
    Dataset images = Dataset.of(new byte[48 << 20], Shape.of(3, 1024, 1024), new int[16]);
    try (Loader loader = new Loader(images.batches(4))) {
      loader.start(new Philox(1, 1).permutation(16), 0, 1, 0);
      loader.take(ByteBuffer.allocate(12 << 20), ByteBuffer.allocate(16));
    }
    assertTrue(directBytes() - before < most, "a pass keeps " + (directBytes() - before));
    Path file = folder.resolve("wide.safetensors");
    try (Network net =
        Network.create(
            Sequential.of(Flatten.of(), Dense.of(2048)), Shape.of(3, 32, 32), Device.cpu(), 1)) {
      ModelFile.save(net, file);
      assertTrue(directBytes() - before < most, "saving keeps " + (directBytes() - before));
    }
    ModelFile.load(file, Device.cpu()).close();
    assertTrue(directBytes() - before < most, "loading keeps " + (directBytes() - before));
    AtomicFile.write(folder.resolve("train.bin"), new byte[3074 * 8000]);
    assertTrue(directBytes() - before < most, "writing keeps " + (directBytes() - before));
    AtomicFile.write(folder.resolve("test.bin"), new byte[3074]);
    Cifar.hundred(folder);
    assertTrue(directBytes() - before < most, "reading keeps " + (directBytes() - before));
  }

  /**
   * Resident bytes of an address range that /proc/self/smaps shows; a mapping that reaches beyond
   * it must be resident whole.
   */
  private static long residentBytes(long address, long bytes) throws IOException {
    long resident = 0;
    long first = 0;
    long last = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        String[] range = line.split("[- ]");
        first = Long.parseUnsignedLong(range[0], 16);
        last = Long.parseUnsignedLong(range[1], 16);
      } else if (line.startsWith("Rss:") && first < address + bytes && last > address) {
        long rss = 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        boolean whole = rss == last - first;
        long inside = Math.min(last, address + bytes) - Math.max(first, address);
        resident += whole ? inside : rss;
      }
    }
    return resident;
  }
}
