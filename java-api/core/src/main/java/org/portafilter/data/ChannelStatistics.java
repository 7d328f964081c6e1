package org.portafilter.data;

/**
 * Mean and standard deviation of each channel over a data set, for a {@code Standardise} layer. Fit
 * them on the training set only: numbers that saw the test set make it look better than it is.
 *
 * <pre>{@code
 * ChannelStatistics colours = ChannelStatistics.of(split.train());
 * Layer first = Standardise.of(colours.mean(), colours.deviation());
 * }</pre>
 *
 * @param mean per channel, in the units of the images (bytes count 0 to 255)
 * @param deviation per channel, the root of the mean squared difference from the mean
 */
public record ChannelStatistics(double[] mean, double[] deviation) {
  /** Measures every image of a data set of C x H x W images. */
  public static ChannelStatistics of(Dataset data) {
    int channels = (int) data.shape().dim(0);
    int plane = (int) (data.shape().count() / channels);
    double[] sum = new double[channels];
    double[] squares = new double[channels];
    for (int image = 0; image < data.size(); image++) {
      float[] pixels = data.features(image);
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < plane; i++) {
          double value = pixels[c * plane + i];
          sum[c] += value;
          squares[c] += value * value;
        }
      }
    }
    double count = (double) data.size() * plane;
    double[] mean = new double[channels];
    double[] deviation = new double[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = sum[c] / count;
      deviation[c] = Math.sqrt(Math.max(0, squares[c] / count - mean[c] * mean[c]));
    }
    return new ChannelStatistics(mean, deviation);
  }
}
