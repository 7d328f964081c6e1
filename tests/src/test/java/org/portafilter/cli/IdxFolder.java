package org.portafilter.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.portafilter.data.Dataset;
import org.portafilter.data.DrawnDigits;

/** A small data set in MNIST's files. */
final class IdxFolder {
  private IdxFolder() {}

  /** Writes the four files into a folder. */
  static Path write(Path folder, int train, int test) throws IOException {
    var digits = DrawnDigits.split(train, test, 1);
    write(folder, "train", digits.train());
    write(folder, "t10k", digits.test());
    return folder;
  }

  private static void write(Path folder, String prefix, Dataset data) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + data.size() * 784);
    ByteBuffer labels = ByteBuffer.allocate(8 + data.size());
    images.putInt(0x803).putInt(data.size()).putInt(28).putInt(28);
    labels.putInt(0x801).putInt(data.size());
    for (int i = 0; i < data.size(); i++) {
      images.put(data.image(i));
      labels.put((byte) data.label(i));
    }
    Files.write(folder.resolve(prefix + "-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve(prefix + "-labels-idx1-ubyte"), labels.array());
  }
}
