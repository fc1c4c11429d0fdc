package dev.headroom.model.program;

import dev.headroom.model.quantity.DType;

/**
 * A tensor that the forward pass saved for backward.
 *
 * @param module path of the module that saved it first
 * @param dtype its element type
 * @param bytes requested bytes of its storage
 */
public record SavedTensor(String module, DType dtype, long bytes) {}
