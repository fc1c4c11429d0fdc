/**
 * PyTorch's automatic differentiation over tensors that have a size but no data: reference counts, saved tensors, the
 * order of backward. Knows no operation and no model.
 */
@NullMarked
package dev.headroom.model.pytorch.autograd;

import org.jspecify.annotations.NullMarked;
