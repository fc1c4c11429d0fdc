/**
 * The step program: the named tensors of a training run and the order in which they are allocated and freed.
 * Knows no framework and no allocator.
 */
@NullMarked
package dev.headroom.model.program;

import org.jspecify.annotations.NullMarked;
