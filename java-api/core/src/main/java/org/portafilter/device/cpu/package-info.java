/** The CPU device: fills native descriptors and translates statuses. */
@org.jspecify.annotations.NullMarked
package org.portafilter.device.cpu;
