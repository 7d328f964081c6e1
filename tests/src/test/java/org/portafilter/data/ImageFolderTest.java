package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.Shape;

/** Image folders and the resampling of images. */
@Tag("unit")
class ImageFolderTest {
  private static final Shape COLOUR = Shape.of(3, 32, 32);

  @Test
  void foldersAreClassesInAlphabeticalOrder(@TempDir Path root) throws IOException {
    Dataset shapes = DrawnShapes.split(6, 1, 1).train();
    String[] places = {"dog/a.png", "cat/b.png", "cat/a.PNG", "dog/c.png"};
    for (int i = 0; i < places.length; i++) {
      Path file = root.resolve(places[i]);
      Files.createDirectories(file.getParent());
      ImageFile.write(file, shapes.image(i), COLOUR);
    }
    Files.writeString(root.resolve("cat/notes.txt"), "passed over");
    Files.writeString(root.resolve("cat/.hidden.png"), "passed over");
    ImageFolder folder = ImageFolder.read(root, COLOUR, Fit.EXACT);
    assertEquals(List.of("cat", "dog"), folder.classes());
    assertEquals(4, folder.dataset().size());
    int[] order = {2, 1, 0, 3};
    for (int i = 0; i < 4; i++) {
      assertEquals(i / 2, folder.dataset().label(i));
      assertArrayEquals(shapes.image(order[i]), folder.dataset().image(i));
    }
  }

  @Test
  void scalingKeepsFlatImagesAndMeans() {
    byte[] flat = new byte[3 * 7 * 11];
    Arrays.fill(flat, (byte) 143);
    for (Fit fit : new Fit[] {Fit.STRETCH, Fit.CROP}) {
      for (int size : new int[] {3, 7, 24}) {
        for (byte value : new Planes(flat, 3, 7, 11).fitted(size, size, fit)) {
          assertEquals((byte) 143, value);
        }
      }
    }
    byte[] checked = new byte[64 * 64];
    for (int i = 0; i < checked.length; i++) {
      checked[i] = (byte) ((i / 64 + i % 64) % 2 == 0 ? 0 : 200);
    }
    for (byte value : new Planes(checked, 1, 64, 64).fitted(8, 8, Fit.STRETCH)) {
      assertEquals(100, value & 255, 1, "shrinking averages what it covers");
    }
  }

  /** Bilinear by two: the weights of a triangle of half-width one, at offsets of a quarter. */
  @Test
  void doublingIsBilinear() {
    byte[] row = {0, 100, (byte) 200};
    byte[] expected = {0, 25, 75, 125, (byte) 175, (byte) 200};
    assertArrayEquals(expected, new Planes(row, 1, 1, 3).fitted(1, 6, Fit.STRETCH));
  }

  @Test
  void croppingKeepsTheCentre() {
    byte[] wide = new byte[4 * 12];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = (byte) (i % 12);
    }
    byte[] centre = new Planes(wide, 1, 4, 12).fitted(4, 4, Fit.CROP);
    for (int i = 0; i < 16; i++) {
      assertEquals(4 + i % 4, centre[i]);
    }
  }
}
