package org.portafilter.cli;

import java.util.List;
import java.util.stream.IntStream;
import org.portafilter.data.ChannelOrder;
import org.portafilter.data.Dataset;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageSpec;
import org.portafilter.shape.PortafilterException;

/**
 * Labelled images with the names of their classes.
 *
 * @param where they come from, for messages
 * @param images bytes
 * @param classes names, by number; empty where nothing names them
 * @param fit how they came to their size
 */
record NamedImages(String where, Dataset images, List<String> classes, Fit fit) {
  /** Checks that there are names for all labels. */
  NamedImages {
    if (!classes.isEmpty() && images.classes() > classes.size()) {
      throw new PortafilterException(
          "%s: an image has label %s, but there are only the classes %s"
              .formatted(where, images.classes() - 1, classes));
    }
  }

  /**
   * The images as a network wants them: labels that mean the same classes in its list of names, and
   * its order of channels. Where either side has no names, the labels stay as they are.
   *
   * @param whose names they are, for messages
   * @param order of the network's channels
   * @throws PortafilterException when the list lacks a class of these images
   */
  Dataset as(String whose, List<String> names, ChannelOrder order) {
    int[] numbers = IntStream.range(0, images.classes()).toArray();
    if (!classes.isEmpty() && !names.isEmpty()) {
      List<String> unknown = classes.stream().filter(name -> !names.contains(name)).toList();
      if (!unknown.isEmpty()) {
        throw new PortafilterException(
            "%s: its classes are %s, %s are %s; there is no %s among those"
                .formatted(where, classes, whose, names, String.join(", ", unknown)));
      }
      numbers = classes.stream().mapToInt(names::indexOf).toArray();
    }
    int[] fixed = numbers;
    boolean same = IntStream.range(0, fixed.length).allMatch(i -> fixed[i] == i);
    return same && order != ChannelOrder.BGR ? images : copy(fixed, order);
  }

  private Dataset copy(int[] numbers, ChannelOrder order) {
    ImageSpec spec = ImageSpec.of(images.shape(), fit).withOrder(order);
    int count = Math.toIntExact(images.shape().count());
    byte[] pixels = new byte[Math.multiplyExact(images.size(), count)];
    int[] labels = new int[images.size()];
    for (int i = 0; i < labels.length; i++) {
      System.arraycopy(spec.ordered(images.image(i)), 0, pixels, i * count, count);
      labels[i] = numbers[images.label(i)];
    }
    return Dataset.of(pixels, images.shape(), labels);
  }
}
