/**
 * Facts about language models: dimensions, linear layers, parameter counts.
 * Knows nothing of how they are trained or run.
 */
@NullMarked
package dev.headroom.model.architecture;

import org.jspecify.annotations.NullMarked;
