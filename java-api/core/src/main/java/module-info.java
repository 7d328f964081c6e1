import org.portafilter.device.DeviceProvider;
import org.portafilter.device.cpu.CpuProvider;

/** Native kernels for convolutional networks with a thin, idiomatic Java API. */
module org.portafilter {
  requires org.portafilter.binding;
  requires com.google.gson;
  requires static transitive org.jspecify;
  requires static java.desktop;

  exports org.portafilter.shape;
  exports org.portafilter.graph;
  exports org.portafilter.device;
  exports org.portafilter.tensor;
  exports org.portafilter.plan;
  exports org.portafilter.init;
  exports org.portafilter.nn;
  exports org.portafilter.loss;
  exports org.portafilter.optim;
  exports org.portafilter.optim.schedule;
  exports org.portafilter.metric;
  exports org.portafilter.data;
  exports org.portafilter.io;
  exports org.portafilter.zoo;
  exports org.portafilter.train;

  uses DeviceProvider;

  provides DeviceProvider with
      CpuProvider;
}
