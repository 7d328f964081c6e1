package org.portafilter.train;

import java.util.ArrayList;
import java.util.List;
import org.portafilter.data.Batches;
import org.portafilter.metric.Metric;

/** What is measured at the end of every epoch. */
record Validation(Batches batches, List<Metric> metrics) {
  private static final String PREFIX = "validation_";

  /** The name of one of its numbers in the history. */
  static String nameOf(String number) {
    return PREFIX + number;
  }

  /** The names of all its numbers in the history. */
  List<String> names() {
    List<String> names = new ArrayList<>(List.of(nameOf(TrainingGraph.LOSS)));
    metrics.forEach(metric -> names.add(nameOf(metric.name())));
    return names;
  }
}
