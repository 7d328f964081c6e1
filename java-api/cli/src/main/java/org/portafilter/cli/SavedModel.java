package org.portafilter.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.Network;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** A model file, and the images it wants. */
final class SavedModel {
  static final String FIT_HELP =
      "What to do with images of other sizes: exact (refuse), crop or stretch; for models that do"
          + " not say it themselves.";

  private SavedModel() {}

  /** Loads a model. */
  static Network load(Path file, Device device) {
    if (Files.isDirectory(file)) {
      throw new PortafilterException("--model " + file + ": this is a folder, not a model file");
    }
    return ModelFile.load(file, device);
  }

  /**
   * The images a model wants: what its file says, else its input's shape.
   *
   * @param size height and width the user asked for
   * @param fit the user asked for
   * @param otherwise the fit where neither file nor user says one
   * @throws PortafilterException naming the option that contradicts the model
   */
  static ImageSpec images(Network net, @Nullable Integer size, @Nullable Fit fit, Fit otherwise) {
    ImageSpec said = net.image();
    Shape input = net.input();
    if (input.rank() != 3 || (input.dim(0) != 1 && input.dim(0) != 3)) {
      throw new PortafilterException(
          "the model takes inputs of shape " + input + "; images are 1xHxW or 3xHxW");
    }
    ImageSpec images = said == null ? ImageSpec.of(input, fit == null ? otherwise : fit) : said;
    if (size != null && (size != images.height() || size != images.width())) {
      throw new PortafilterException(
          "--size %s: the model takes images of %s x %s (height x width); leave the option out"
              .formatted(size, images.height(), images.width()));
    }
    if (fit != null && fit != images.fit()) {
      throw new PortafilterException(
          "--fit %s: the model was made with images read with %s; leave the option out"
              .formatted(fit, images.fit()));
    }
    return images;
  }
}
