package org.portafilter.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.ChannelOrder;
import org.portafilter.data.Dataset;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageSpec;
import org.portafilter.data.Split;
import org.portafilter.shape.PortafilterException;

/**
 * What {@code train} learns, watches and is judged by.
 *
 * @param train images to learn
 * @param validation images measured after every epoch; null for none
 * @param test images measured at the end
 * @param classes names, by number; empty where nothing names them
 * @param outputs how many the network needs
 * @param fit how the images came to their size
 */
record TrainData(
    Dataset train,
    @Nullable Dataset validation,
    Dataset test,
    List<String> classes,
    int outputs,
    Fit fit) {
  /**
   * Reads the data the options ask for.
   *
   * @throws PortafilterException when something is missing or does not fit together
   */
  static TrainData read(TrainOptions options, boolean colour) {
    Path folder = options.data;
    Fit fit = options.fit == null ? Fit.CROP : options.fit;
    DataFolder.Parts parts =
        folder == null
            ? DataFolder.drawn(colour, options.seed)
            : DataFolder.read(folder, options.size, fit);
    NamedImages all = parts.train();
    requireOptions(options, all);
    Dataset test = parts.test().as("those of " + all.where(), all.classes(), ChannelOrder.RGB);
    List<String> classes = all.classes();
    int outputs = classes.isEmpty() ? all.images().classes() : classes.size();
    requireAlike(all, test, outputs);
    if (options.validation == 0) {
      return new TrainData(all.images(), null, test, classes, outputs, all.fit());
    }
    Split held = held(all.images(), options.validation, options.seed);
    return new TrainData(held.train(), held.test(), test, classes, outputs, all.fit());
  }

  /** Sizes and fits are for image folders; other images are as they are. */
  private static void requireOptions(TrainOptions options, NamedImages images) {
    ImageSpec stored = ImageSpec.of(images.images().shape(), images.fit());
    Integer size = options.size;
    if (size != null && (size != stored.height() || size != stored.width())) {
      throw new PortafilterException(
          "--size %s: the images of %s have %s x %s pixels (height x width) and are not scaled; leave the option out"
              .formatted(size, images.where(), stored.height(), stored.width()));
    }
    if (options.fit != null && options.fit != stored.fit()) {
      throw new PortafilterException(
          "--fit %s: the images of %s are taken as they are (%s); leave the option out"
              .formatted(options.fit, images.where(), stored.fit()));
    }
  }

  private static void requireAlike(NamedImages train, Dataset test, int outputs) {
    if (!test.shape().equals(train.images().shape())) {
      throw new PortafilterException(
          "%s: the training images have the shape %s, the test images %s; they must be the same"
              .formatted(train.where(), train.images().shape(), test.shape()));
    }
    if (test.classes() > outputs) {
      throw new PortafilterException(
          "%s: a test image has label %s, the training images only 0 to %s"
              .formatted(train.where(), test.classes() - 1, outputs - 1));
    }
  }

  private static Split held(Dataset all, double share, long seed) {
    long held = Math.round(share * all.size());
    if (held == 0 || held == all.size()) {
      throw new PortafilterException(
          "--validation %s of %s training images leaves %s; give another share"
              .formatted(
                  share, all.size(), held == 0 ? "none to validate with" : "none to train with"));
    }
    return Split.of(all, share, seed);
  }

  /** The images the network is made for. */
  ImageSpec images() {
    return ImageSpec.of(train.shape(), fit);
  }
}
