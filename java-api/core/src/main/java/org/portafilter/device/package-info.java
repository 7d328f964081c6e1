/** The device contract: what a backend offers to the planner. */
@org.jspecify.annotations.NullMarked
package org.portafilter.device;
