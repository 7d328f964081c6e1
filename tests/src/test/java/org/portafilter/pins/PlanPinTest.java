package org.portafilter.pins;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Rewrites;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.Sgd;
import org.portafilter.plan.Plan;
import org.portafilter.plan.PlanText;
import org.portafilter.plan.Spec;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.ChangedDevice;
import org.portafilter.testkit.SmallNets;
import org.portafilter.testkit.TestDevice;
import org.portafilter.train.TrainingGraph;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.MobileNetV1;
import org.portafilter.zoo.SmallInception;

/** Ten plans, for inference and for training, step by step and byte by byte. */
@Tag("pin")
class PlanPinTest {
  private static final int BATCH = 5;

  /** Neither the machine's cores nor its cache decide anything here. */
  private static final int THREADS = 2;

  private static final long CACHE_BYTES = 1 << 20;

  private record Case(String name, Layer layer, Shape input) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (SmallNets net : SmallNets.values()) {
      cases.add(new Case(net.name().toLowerCase(Locale.ROOT), net.layer(), net.input()));
    }
    cases.add(new Case("resnet20", CifarResNet.of(20, 10), Shape.of(3, 32, 32)));
    cases.add(new Case("mobilenet", MobileNetV1.of(10), Shape.of(3, 64, 64)));
    cases.add(new Case("inception", SmallInception.of(10), Shape.of(3, 32, 32)));
    return cases.stream();
  }

  private static Device device() {
    return new ChangedDevice(TestDevice.isCpu() ? Device.cpu(THREADS) : TestDevice.get()) {
      @Override
      public long cacheBytes() {
        return CACHE_BYTES;
      }
    };
  }

  /** The instruction set of the CPU, or the name of another device. */
  private static String kind() {
    if (!TestDevice.isCpu()) {
      return TestDevice.get().name();
    }
    return Stream.of("avx512", "avx2", "x86_64_v2")
        .filter(isa -> TestDevice.get().identity().contains(isa))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void plansAreAsTheyWere(Case c) {
    Device device = device();
    try (Network net = Network.create(c.layer, c.input, device, 1)) {
      List<String> lines = new ArrayList<>();
      lines.add("# inference");
      Map<String, ValueType> leaves = net.leaves(BATCH, net.preferredInput());
      Graph forward = Rewrites.forInference(net.graph()).withoutUpdates();
      lines.addAll(PlanText.of(Plan.compile(forward, device, Spec.of(leaves))));
      leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(BATCH), DType.INT32));
      for (Optimizer optimizer : List.of(Sgd.of(0.1).withMomentum(0.9), Adam.of(1e-3))) {
        lines.add("# training, " + optimizer.getClass().getSimpleName());
        for (String path : net.trainable()) {
          leaves.putAll(optimizer.moments(path, net.state().get(path).type()));
        }
        Graph graph = TrainingGraph.training(net, SoftmaxCrossEntropy.of(), optimizer);
        lines.addAll(PlanText.of(Plan.compile(graph, device, Spec.of(leaves))));
      }
      Pins.hold("plans/" + kind() + "/" + c.name + ".txt.gz", lines);
    }
  }
}
