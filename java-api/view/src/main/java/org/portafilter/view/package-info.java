/** Pictures of training. */
@org.jspecify.annotations.NullMarked
package org.portafilter.view;
