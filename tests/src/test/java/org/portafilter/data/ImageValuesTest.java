package org.portafilter.data;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * The values of every kind of image file: known ones, and Pillow's. Pillow is asked for all but
 * 16-bit grey, of which it keeps the lower byte, and one kind of BMP.
 */
@Tag("unit")
class ImageValuesTest {
  /** Writes the kinds that need an encoder of Pillow's. */
  private static final String WRITE =
      """
      import struct
      from PIL import Image
      base = Image.new('RGB', (37, 29))
      base.putdata([((x * 7 + y * 3) % 256, (x * 2 + y * 9) % 256, (x * x // 5 + y * 4) % 256)
                    for y in range(29) for x in range(37)])
      grey, cmyk = base.convert('L'), base.convert('CMYK')
      black = Image.new('L', base.size)
      black.putdata([(x * 5 + y) % 200 for y in range(29) for x in range(37)])
      cmyk = Image.merge('CMYK', cmyk.split()[:3] + (black,))
      for subsampling in range(3):
          base.save('sampling%d.jpg' % subsampling, quality=90, subsampling=subsampling)
      base.resize((32, 32)).save('square.jpg', quality=90, subsampling=1)
      base.save('progressive.jpg', quality=80, progressive=True)
      base.save('optimised.jpg', quality=30, optimize=True)
      grey.save('grey.jpg', quality=85)
      grey.save('grey-progressive.jpg', quality=85, progressive=True)
      cmyk.save('cmyk.jpg', quality=85)
      cmyk.save('cmyk-progressive.jpg', quality=85, progressive=True)
      palette = base.quantize(61)
      palette.save('palette.gif')
      palette.save('interlaced.gif', interlace=1)
      palette.save('plain.gif', interlace=0)
      palette.save('transparent.gif', transparency=3)
      grey.save('grey.gif')
      base.convert('1').save('two.gif')
      palette.save('animated.gif', save_all=True, append_images=[palette.rotate(180)], duration=9)
      colours = bytes([10, 20, 30, 40, 50, 60, 200, 100, 50, 255, 255, 255])
      def gif(name, screen, place, control=b''):
          # Codes of three bits: clear, two pixels, twice over, and the end.
          bits = ''.join(format(code, '03b') for code in reversed([4, 1, 2, 4, 3, 1, 5]))
          packed = int(bits, 2).to_bytes(3, 'little')
          frame = b',' + struct.pack('<HHHHB', *place, 0) + bytes([2, 3]) + packed + bytes([0])
          with open(name + '.gif', 'wb') as out:
              out.write(b'GIF89a' + struct.pack('<HHBBB', *screen, 0x91, 1, 0) + colours)
              out.write(control + frame + b';')
      transparent = bytes([0x21, 0xf9, 4, 1, 0, 0, 2, 0])
      gif('inside', (5, 4), (1, 1, 2, 2))
      gif('inside-transparent', (5, 4), (1, 1, 2, 2), transparent)
      gif('beyond', (2, 2), (1, 1, 2, 2))
      gif('whole', (2, 2), (0, 0, 2, 2), transparent)
      """;

  private static final class Row {
    int files;
    int exact;
    int worst;
    int pillowed;
    int worstToPillow;
  }

  private final Map<String, Row> table = new TreeMap<>();

  private Row row(ImageCase image) {
    return table.computeIfAbsent(image.format(), format -> new Row());
  }

  private static int luma(int colour) {
    return (int)
        Math.round(0.299 * (colour >> 16) + 0.587 * (colour >> 8 & 255) + 0.114 * (colour & 255));
  }

  private static int at(byte[] planes, int channels, int count, int i) {
    int value = 0;
    for (int c = 0; c < channels; c++) {
      value = value << 8 | planes[c * count + i] & 255;
    }
    return value;
  }

  private static int difference(int a, int b) {
    int worst = 0;
    for (int shift = 0; shift < 24; shift += 8) {
      worst = Math.max(worst, Math.abs((a >> shift & 255) - (b >> shift & 255)));
    }
    return worst;
  }

  private void expectKnown(Path folder, List<ImageCase> cases) throws IOException {
    List<String> wrong = new ArrayList<>();
    for (ImageCase image : cases) {
      Path file = Files.write(folder.resolve("known" + image.ending()), image.file());
      for (int channels : new int[] {1, 3}) {
        int count = image.height() * image.width();
        int worst = 0;
        try {
          byte[] read = ImageFile.read(file, Shape.of(channels, image.height(), image.width()));
          for (int i = 0; i < count; i++) {
            int colour = image.colours()[i];
            int expected = channels == 1 ? luma(colour) : colour;
            worst = Math.max(worst, difference(expected, at(read, channels, count, i)));
          }
        } catch (PortafilterException e) {
          wrong.add(image + ": " + e.getMessage());
        }
        row(image).files++;
        row(image).exact = Math.max(row(image).exact, worst);
        if (worst > (channels == 1 ? 1 : 0)) {
          wrong.add("%s, %d channels: differs by %d".formatted(image, channels, worst));
        }
      }
    }
    table.forEach(
        (format, row) ->
            System.out.printf(
                "%s against known values: %d readings, worst difference %d%n",
                format, row.files, row.exact));
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " are wrong:\n" + String.join("\n", wrong));
  }

  @Test
  void pngIsAsWritten(@TempDir Path folder) throws IOException {
    expectKnown(folder, ImageCase.png());
  }

  @Test
  void bmpIsAsWritten(@TempDir Path folder) throws IOException {
    expectKnown(folder, ImageCase.bmp());
  }

  @Test
  void valuesArePillows(@TempDir Path folder) throws IOException, InterruptedException {
    Pillow.run(folder, WRITE);
    Map<String, byte[]> files = new TreeMap<>();
    Stream.concat(ImageCase.png().stream(), ImageCase.bmp().stream())
        .filter(ImageCase::pillow)
        .forEach(image -> files.put(image.toString(), image.file()));
    try (var written = Files.newDirectoryStream(folder, "*.{jpg,gif}")) {
      for (Path file : written) {
        String name = file.getFileName().toString();
        files.put((name.endsWith("g") ? "JPEG " : "GIF ") + name, Files.readAllBytes(file));
      }
    }
    patched(files);
    Path all = Files.createDirectory(folder.resolve("all"));
    List<String> names = new ArrayList<>(files.keySet());
    for (int i = 0; i < names.size(); i++) {
      Files.write(all.resolve(i + ".image"), files.get(names.get(i)));
    }
    Pillow.readAll(all, ".image");
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      compare(all, i + ".image", names.get(i), wrong);
    }
    table.forEach(
        (format, row) ->
            System.out.printf(
                "%s against Pillow: %d readings, worst difference %d%n",
                format, row.pillowed, row.worstToPillow));
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " are wrong:\n" + String.join("\n", wrong));
  }

  /** JPEG kinds that no writer of Pillow's makes. */
  private static void patched(Map<String, byte[]> files) throws IOException {
    byte[] full = files.get("JPEG sampling0.jpg");
    byte[] grey = files.get("JPEG grey.jpg");
    byte[] cmyk = files.get("JPEG cmyk.jpg");
    byte[] bare = JpegBytes.bare(full);
    files.put("JPEG without markers", bare);
    files.put("JPEG subsampled without markers", JpegBytes.bare(files.get("JPEG sampling2.jpg")));
    files.put("JPEG Adobe RGB", JpegBytes.with(bare, JpegBytes.adobe(0)));
    files.put("JPEG Adobe YCbCr", JpegBytes.with(bare, JpegBytes.adobe(1)));
    files.put("JPEG components RGB", JpegBytes.renamed(bare, "RGB"));
    files.put("JPEG components 012", JpegBytes.renamed(bare, "\0\1\2"));
    files.put("JPEG JFIF and components RGB", JpegBytes.renamed(full, "RGB"));
    files.put("JPEG 4:4:0", JpegBytes.resampled(files.get("JPEG square.jpg"), 0x12));
    files.put("JPEG profile", JpegBytes.with(full, JpegBytes.profileSegment(false)));
    files.put("JPEG grey profile", JpegBytes.with(grey, JpegBytes.profileSegment(true)));
    files.put("JPEG CMYK without markers", JpegBytes.bare(cmyk));
    files.put("JPEG YCCK", JpegBytes.with(JpegBytes.bare(cmyk), JpegBytes.adobe(2)));
    byte[] progressive = JpegBytes.bare(files.get("JPEG cmyk-progressive.jpg"));
    files.put("JPEG YCCK progressive", JpegBytes.with(progressive, JpegBytes.adobe(2)));
    BufferedImage image = new BufferedImage(33, 17, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 33 * 17; i++) {
      image.setRGB(i % 33, i / 33, i * 7717);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", out);
    files.put("JPEG of the JDK", out.toByteArray());
  }

  private void compare(Path folder, String file, String name, List<String> wrong)
      throws IOException {
    String format = name.substring(0, name.indexOf(' '));
    for (int channels : new int[] {1, 3}) {
      Pillow.Pixels expected = Pillow.Pixels.of(folder, file, channels);
      int worst = 0;
      try {
        worst = expected.worstDifference(ImageFile.read(folder.resolve(file), expected.shape()));
      } catch (PortafilterException e) {
        wrong.add(name + ": " + e.getMessage());
      }
      Row row = table.computeIfAbsent(format, key -> new Row());
      row.pillowed++;
      row.worstToPillow = Math.max(row.worstToPillow, worst);
      if (worst > (format.equals("JPEG") ? 3 : 1)) {
        wrong.add("%s, %d channels: differs from Pillow by %d".formatted(name, channels, worst));
      }
    }
  }
}
