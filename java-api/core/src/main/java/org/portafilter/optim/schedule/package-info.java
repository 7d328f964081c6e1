/** Learning rates as functions of the step. */
@org.jspecify.annotations.NullMarked
package org.portafilter.optim.schedule;
