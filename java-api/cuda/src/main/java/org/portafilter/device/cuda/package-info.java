/** The device {@code cuda}: not exported; reached through {@code Device.named("cuda")}. */
@org.jspecify.annotations.NullMarked
package org.portafilter.device.cuda;
