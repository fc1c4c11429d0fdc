/** The step program as formulas: the peak as a function of b and s. Computes in requested bytes, without an allocator. */
@NullMarked
package dev.headroom.model.analytic;

import org.jspecify.annotations.NullMarked;
